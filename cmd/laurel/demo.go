package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"laurel/examples"
	"laurel/internal/results"
	"laurel/internal/web"
	"laurel/issuer"
	"laurel/keys"
	"laurel/registry"
	"laurel/verifier"
)

const (
	demoDir         = "laurel-demo"
	demoAchievement = "food-hygiene-level-2"
)

// startDemo opens the data directory of the sample college and the listener. It listens
// first, so that a port in use leaves no folder behind.
func (f *serveFlags) startDemo(ctx context.Context, c *cobra.Command) (*institution, net.Listener, error) {
	if f.config != "" {
		return nil, nil, usageError{errors.New("--demo makes a configuration of its own; leave --config out")}
	}
	if !c.Flags().Changed("data") {
		f.dir = demoDir
	}
	config, made, err := f.demoConfig()
	if err != nil {
		return nil, nil, err
	}
	listener, err := listenOn(ctx, f.address(config))
	if err != nil {
		return nil, nil, err
	}
	if !made {
		err = f.makeDemo(ctx, c, config.KeyFile, listener.Addr())
	}
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	in, err := f.open(ctx, c)
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close())
	}
	return in, listener, nil
}

// demoConfig reads the configuration of a demo that was made before, and refuses one that
// no demo made: sample badges are not issued in a college's name.
func (f *serveFlags) demoConfig() (config Config, made bool, err error) {
	keyFile, err := filepath.Abs(f.path("demo.key"))
	if err != nil {
		return config, false, err
	}
	if _, err := os.Stat(f.path(configName)); errors.Is(err, fs.ErrNotExist) {
		return Config{KeyFile: keyFile}, false, nil
	}
	if config, err = readConfig(f.path(configName)); err != nil {
		return config, false, err
	}
	if named, err := filepath.Abs(config.KeyFile); err != nil || named != keyFile {
		return config, false, fmt.Errorf("%s is a real data directory; --demo needs one of its own, named with --data", f.dir)
	}
	if _, port, err := net.SplitHostPort(f.listen); err == nil && f.listen != config.Listen {
		if base := "http://localhost:" + port; base != config.BaseURL {
			return config, false, fmt.Errorf("the sample college in %s belongs to %s, not to %s; name another folder with --data", f.dir, config.BaseURL, base)
		}
	}
	return config, true, nil
}

// makeDemo makes the data directory of a sample college. Its key file lies in it: a sample
// has nothing to lose.
func (f *serveFlags) makeDemo(ctx context.Context, c *cobra.Command, keyFile string, address net.Addr) error {
	config := Config{Listen: address.String(), KeyFile: keyFile, BaseURL: f.baseURL}
	if config.BaseURL == "" {
		_, port, err := net.SplitHostPort(config.Listen)
		if err != nil {
			return err
		}
		config.BaseURL = "http://localhost:" + port
	}
	if _, err := issuer.BaseURL(config.BaseURL); err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	if err := keys.GenerateKeyFile(keyFile); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	secret, err := config.secret(c)
	if err != nil {
		return err
	}
	in, err := create(ctx, f.dir, config, secret, issuer.Profile{
		Slug: "sample-college", Name: "Sample College", URL: "https://college.example",
		Description: "A sample institution that issues sample badges.",
	})
	if err != nil {
		return err
	}
	return in.Close()
}

// runDemo imports the samples, issues the badges, verifies one by its public link, and
// prints what a visitor would want to see.
func runDemo(ctx context.Context, c *cobra.Command, in *institution) error {
	achievements, err := issuer.ParseCatalogue(examples.Achievements, examples.Open)
	if err != nil {
		return err
	}
	if err := in.Import(ctx, achievements); err != nil {
		return err
	}
	table, err := results.Read(examples.Results, results.Options{Achievement: demoAchievement})
	if err != nil {
		return err
	}
	var earned []issuer.Result
	for _, row := range table.Rows {
		earned = append(earned, row.Result)
	}
	outcomes, err := in.Award(ctx, earned...)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return o.Err
		}
	}
	inForce := slices.IndexFunc(outcomes, func(o issuer.Outcome) bool { return o.Award.State == issuer.Issued })
	if inForce < 0 {
		fmt.Fprint(c.OutOrStdout(), "\nEvery sample badge was revoked or suspended; to begin anew, name another folder with --data.\n")
		return nil
	}
	return showDemo(ctx, c, in, outcomes[inForce].Award, len(outcomes))
}

func showDemo(ctx context.Context, c *cobra.Command, in *institution, a issuer.Award, count int) error {
	profile, err := in.Profile(ctx)
	if err != nil {
		return err
	}
	achievement, err := in.Achievement(ctx, a.Result.Achievement)
	if err != nil {
		return err
	}
	share := in.ShareURL(a)
	v := verifier.New(verifier.Config{AllowPrivateNetwork: true, Registries: registry.Pinned(profile.ID).Alone})
	report := v.VerifyURL(ctx, share, verifier.Request{At: time.Now()})
	out := c.OutOrStdout()
	fmt.Fprintf(out, "\n%s has issued %d badges. One of them, verified by its public link:\n\n", profile.Name, count)
	printReport(out, share, report)
	if report.Verdict != verifier.Valid {
		return fmt.Errorf("the badge just issued does not verify by its link")
	}
	fmt.Fprintf(out, `
  share link   %s
  learner's    %s
  verify page  %s/verify?url=%s
  LinkedIn     %s

Verify it yourself, in another terminal:

  %s verify --allow-private-network --trust %s %s

`, share, in.OwnerURL(a), in.Base(), url.QueryEscape(share), web.LinkedInURL(a, achievement.Class.Name, profile.Name, share),
		program(), profile.ID, share)
	return nil
}
