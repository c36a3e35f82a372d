package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/follow"
	"laurel/internal/linkage"
	"laurel/internal/registrar"
	"laurel/internal/repository"
	"laurel/internal/web"
	"laurel/registry"
	"laurel/verifier"
)

// How often a server looks for newer versions of registries: of its own on the disk, of others
// by a request that costs less than a kilobyte where nothing changed.
const (
	ownEvery    = 10 * time.Second
	othersEvery = 10 * time.Minute
)

// followed are the registries on whose word a server relies.
type followed struct {
	own    *follow.Follower // that it shows; nil: none
	others []*follow.Follower
	client *fetch.Client
	log    *slog.Logger

	reading sync.Mutex
	readOf  *registry.Snapshot // of which events are those of the log
	events  []*registry.Event
}

// followAll opens the registries of a configuration. That one cannot be renewed is no reason
// not to serve: it says so by its age.
func followAll(ctx context.Context, config Config, log *slog.Logger) (*followed, error) {
	f := &followed{client: fetch.New(fetch.Options{CacheBytes: -1}), log: log}
	if config.Registry != "" {
		own, err := openShown(config.Registry)
		if err != nil {
			return nil, fmt.Errorf("registry: %w", err)
		}
		f.own = own
		f.renew(ctx, own)
	}
	for _, name := range config.Registries {
		other, err := openCopy(name)
		if err != nil {
			return nil, fmt.Errorf("registries: %w", err)
		}
		f.others = append(f.others, other)
	}
	return f, nil
}

// openShown opens the registry that a server shows. Of the operator's own folder it shows what
// the rules of a client accept.
func openShown(dir string) (*follow.Follower, error) {
	if shown, err := follow.Reopen(dir); err == nil || !errors.Is(err, follow.ErrNotFollowed) {
		return shown, err
	}
	public := filepath.Join(dir, "public")
	root, err := os.ReadFile(filepath.Join(public, "1.root.json"))
	if err != nil {
		return nil, fmt.Errorf("%s holds no registry that was published; run 'laurel registry publish' first", dir)
	}
	return follow.Begin(filepath.Join(dir, "shown"), root, public)
}

func (f *followed) renew(ctx context.Context, r *follow.Follower) {
	if r.Address() == "" {
		return
	}
	err := r.RenewFrom(ctx, r.Address(), f.client, repository.Options{Now: time.Now(), Mirror: r == f.own})
	if err != nil && ctx.Err() == nil {
		f.log.Error("registry", "name", r.Name(), "error", err.Error(), "refused", errors.Is(err, repository.ErrRefused))
	}
}

// keep looks for newer versions until the context ends.
func (f *followed) keep(ctx context.Context) {
	own, others := time.NewTicker(ownEvery), time.NewTicker(othersEvery)
	defer own.Stop()
	defer others.Stop()
	for _, r := range f.others {
		f.renew(ctx, r)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-own.C:
			if f.own != nil {
				f.renew(ctx, f.own)
			}
		case <-others.C:
			for _, r := range f.others {
				f.renew(ctx, r)
			}
		}
	}
}

func (f *followed) all() []*follow.Follower {
	if f.own == nil {
		return f.others
	}
	return append([]*follow.Follower{f.own}, f.others...)
}

// configure lets a verifier ask the registries.
func (f *followed) configure(config *verifier.Config) {
	all := f.all()
	if len(all) == 0 {
		return
	}
	config.Registries = func() registry.Sources {
		sources := make(registry.Sources, len(all))
		for i, r := range all {
			sources[i] = r.Source()
		}
		return sources
	}
	roots := make([]*repository.Root, len(all))
	for i, r := range all {
		roots[i] = r.Root()
	}
	config.Bundled = follow.Bundled(roots...)
	config.Evidence = func(name, entry string) ([]byte, error) {
		for _, r := range all {
			if r.Name() == name {
				return r.Evidence(entry)
			}
		}
		return nil, nil
	}
}

// onboarding takes applications where the registry is the operator's own; nil: elsewhere.
func (f *followed) onboarding(config Config) (*web.Onboarding, error) {
	if _, err := registrar.ReadConfig(config.Registry); config.Registry == "" || errors.Is(err, registrar.ErrNoBook) {
		return nil, nil
	}
	desk, err := openDesk(config.Registry)
	if err != nil {
		return nil, err
	}
	return &web.Onboarding{Desk: desk, Look: func(ctx context.Context) *linkage.Looker { return looker(ctx, false) }}, nil
}

// shown is the registry as the pages show it; nil: there is none.
func (f *followed) shown() *web.Registry {
	if f.own == nil {
		return nil
	}
	return &web.Registry{
		Name:     f.own.Name(),
		Current:  func() *registry.Snapshot { return f.own.Source().Snapshot },
		Files:    os.DirFS(f.own.Public()),
		Evidence: f.own.Evidence,
		Events:   f.history,
	}
}

// history are the events of the shown registry's log, read when there is a new version.
func (f *followed) history() []*registry.Event {
	s := f.own.Source().Snapshot
	f.reading.Lock()
	defer f.reading.Unlock()
	if s == nil || s == f.readOf {
		return f.events
	}
	roots, err := registrar.Roots(f.own.Public())
	var accepted []registrar.Accepted
	if err == nil {
		accepted, err = registrar.Log(context.Background(), f.own.Public(), roots)
	}
	if err != nil {
		f.log.Error("registry", "name", f.own.Name(), "error", err.Error())
		return f.events
	}
	f.events, f.readOf = nil, s
	for _, a := range accepted {
		f.events = append(f.events, a.Event)
	}
	return f.events
}
