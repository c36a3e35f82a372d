package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/vcapi"
	"laurel/internal/web"
	"laurel/verifier"
)

type serveFlags struct {
	dataFlags
	demo    bool
	listen  string
	baseURL string
	vcAPI   bool
	limits  verifier.Limits // of each verification
}

func newServe() *cobra.Command {
	f := &serveFlags{}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the pages, the documents and the management API",
		Long: `Serve the pages, the documents and the management API.

With --demo a sample college is made in ./laurel-demo (or --data), issues its first
badges, verifies one of them the way the public would, and prints the links.`,
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c) },
	}
	f.add(c)
	c.Flags().BoolVar(&f.demo, "demo", false, "make a sample college and issue its first badges")
	c.Flags().StringVar(&f.listen, "listen", "", "address to listen on (default from the configuration, "+defaultListen+")")
	c.Flags().BoolVar(&f.vcAPI, "vc-api", false, "serve the W3C VC API under /vc-api, with keys of its own that end with the process")
	addLimits(c, &f.limits)
	c.Flags().StringVar(&f.baseURL, "base-url", "", "origin under which the world reaches this server (default from the configuration)")
	return c
}

func (f *serveFlags) run(ctx context.Context, c *cobra.Command) error {
	if err := checkLimits(f.limits); err != nil {
		return usageError{err}
	}
	in, listener, err := f.start(ctx, c)
	if err != nil {
		return err
	}
	defer in.Close()
	log := slog.New(slog.NewJSONHandler(c.ErrOrStderr(), nil))
	registries, err := followAll(ctx, in.config, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server, err := f.newServer(ctx, in, registries, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	served := make(chan error, 1)
	serving, stop := context.WithCancel(ctx)
	defer stop()
	go registries.keep(serving)
	go func() { served <- server.Serve(serving, listener) }()
	fmt.Fprintf(c.ErrOrStderr(), "laurel: serving %s on %s\n", in.Base(), listener.Addr())
	if f.demo {
		if err := runDemo(ctx, c, in); err != nil {
			stop()
			return errors.Join(err, <-served)
		}
	}
	return <-served
}

// start opens the data directory, which with --demo it makes, and the listener.
func (f *serveFlags) start(ctx context.Context, c *cobra.Command) (*institution, net.Listener, error) {
	if f.demo {
		return f.startDemo(ctx, c)
	}
	in, err := f.open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	listener, err := listenOn(ctx, f.address(in.config))
	if err != nil {
		return nil, nil, errors.Join(err, in.Close())
	}
	return in, listener, nil
}

// open reads the configuration, with the flags before it.
func (f *serveFlags) open(ctx context.Context, c *cobra.Command) (*institution, error) {
	in, err := f.dataFlags.open(ctx, c)
	if err == nil && f.baseURL != "" && strings.TrimSuffix(f.baseURL, "/") != in.Base() {
		err = fmt.Errorf("the base URL %s is not that of the data directory, %s; it is part of every badge and cannot change", f.baseURL, in.Base())
		return nil, errors.Join(err, in.Close())
	}
	return in, err
}

// address is where to listen: as the flag says, or the configuration.
func (f *serveFlags) address(config Config) string {
	return cmp.Or(f.listen, config.Listen, defaultListen)
}

func listenOn(ctx context.Context, address string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("%.60q is not an address to listen on, such as %s", address, defaultListen)}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s; stop it, or choose another address with --listen", address)
	}
	return listener, err
}

// newServer hands the pages what they show. Verification on the server reaches no private
// address; what this institution publishes itself it need not fetch.
func (f *serveFlags) newServer(ctx context.Context, in *institution, registries *followed, log *slog.Logger) (*web.Server, error) {
	own := web.Own(in.Issuer)
	verifying := verifier.Config{Own: own, Limits: f.limits}
	registries.configure(&verifying)
	config := web.Config{Issuer: in.Issuer, Verifier: verifier.New(verifying), Log: log, Now: time.Now, Registry: registries.shown()}
	var err error
	if config.Onboarding, err = registries.onboarding(in.config); err != nil {
		return nil, err
	}
	if f.vcAPI {
		if config.VCAPI, err = vcapi.New(ctx, vcapi.Config{Base: in.Base(), Own: own, Now: time.Now, Limits: f.limits}); err != nil {
			return nil, err
		}
	}
	return web.New(config)
}
