package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"laurel/internal/dcc"
	"laurel/internal/ebsi"
	"laurel/internal/federation"
	"laurel/internal/fetch"
	"laurel/internal/lote"
	"laurel/internal/strictjson"
	"laurel/keys"
	"laurel/registry"
	"laurel/verifier"
)

// foreign is a file that says how to ask a registry of another kind, and whom to believe:
//
//	{"type": "openid-federation", "name": "…", "anchor": "https://…", "keys": [JWK, …]}
//	{"type": "dcc-oidf",          "name": "…", "anchor": "https://…", "keys": [JWK, …]}
//	{"type": "dcc-legacy",        "name": "…", "url": "https://…"}
//	{"type": "ebsi",              "name": "…", "issuers": "https://…", "dids": "https://…", "roots": ["did:ebsi:…"], "support": ["did:ebsi:…"]}
//	{"type": "lote",              "name": "…", "url": "https://…", "certificate": "FILE.pem", "services": ["http://…"]}
type foreign struct {
	kind, name, anchor, url, issuers, dids, certificate string
	keys                                                []crypto.PublicKey
	roots, support, services                            []string
}

var errNotForeign = errors.New("not a file that describes a registry of another kind")

const maxForeignFile = 256 << 10

// readForeign reads such a file.
func readForeign(path string) (*foreign, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, errNotForeign
	}
	v, err := strictjson.ReadObject(raw, strictjson.Limits{Bytes: maxForeignFile, Depth: 6, Values: 2000})
	if err != nil || !v.Member("type").Present() {
		return nil, errNotForeign
	}
	f := &foreign{}
	texts := map[string]*string{"type": &f.kind, "name": &f.name, "anchor": &f.anchor, "url": &f.url, "issuers": &f.issuers, "dids": &f.dids, "certificate": &f.certificate}
	lists := map[string]*[]string{"roots": &f.roots, "support": &f.support, "services": &f.services}
	for name, m := range v.Members() {
		switch {
		case texts[name] != nil:
			*texts[name] = m.Text()
		case lists[name] != nil:
			for item := range m.Items() {
				*lists[name] = append(*lists[name], item.Text())
			}
		case name == "keys":
			for item := range m.Items() {
				key, err := keys.ParseJWK(item.In(raw))
				if err != nil {
					return nil, fmt.Errorf("%s: keys: %w", path, err)
				}
				f.keys = append(f.keys, key)
			}
		default:
			return nil, fmt.Errorf("%s: the member %.40q is not known", path, name)
		}
	}
	if f.certificate != "" && !filepath.IsAbs(f.certificate) {
		f.certificate = filepath.Join(filepath.Dir(path), f.certificate)
	}
	if f.name == "" {
		return nil, fmt.Errorf("%s: the registry has no name, by which it is shown", path)
	}
	return f, nil
}

// foreignBudget is what asking one registry may cost.
var foreignBudget = fetch.Limits{Requests: 64, Bytes: 64 << 20, Time: 30 * time.Second}

// asker returns what asks the registry about an issuer.
func (f *foreign) asker(client *fetch.Client) (func(context.Context, verifier.Asked) registry.Source, error) {
	ask, err := f.source(client)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, about verifier.Asked) registry.Source {
		source, err := ask(ctx, about)
		if err != nil && source.Snapshot == nil {
			return registry.Source{Name: f.name}
		}
		return source
	}, nil
}

func (f *foreign) source(client *fetch.Client) (func(context.Context, verifier.Asked) (registry.Source, error), error) {
	lacks := func(what string) error { return fmt.Errorf("the registry %s: %s is missing", f.name, what) }
	switch f.kind {
	case "openid-federation", "dcc-oidf":
		if f.anchor == "" || len(f.keys) == 0 {
			return nil, lacks("anchor or keys")
		}
		return f.federated(client), nil
	case "dcc-legacy":
		if f.url == "" {
			return nil, lacks("url")
		}
		return func(ctx context.Context, about verifier.Asked) (registry.Source, error) {
			reader := &dcc.Reader{Get: client.NewSession(foreignBudget).Get, Now: time.Now}
			return reader.Source(ctx, dcc.Row{Kind: dcc.Legacy, Name: f.name, URL: f.url}, about.Issuer)
		}, nil
	case "ebsi":
		if f.issuers == "" || f.dids == "" || len(f.roots) == 0 || len(f.support) == 0 {
			return nil, lacks("issuers, dids, roots or support")
		}
		return f.accredited(client), nil
	case "lote":
		return f.listed(client)
	}
	return nil, fmt.Errorf("the registry %s: there is no type %.40q; there are openid-federation, dcc-oidf, dcc-legacy, ebsi and lote", f.name, f.kind)
}

func (f *foreign) federated(client *fetch.Client) func(context.Context, verifier.Asked) (registry.Source, error) {
	return func(ctx context.Context, about verifier.Asked) (registry.Source, error) {
		get := client.NewSession(foreignBudget).Get
		if f.kind == "dcc-oidf" {
			return (&federation.Direct{Name: f.name, ID: f.anchor, Keys: f.keys, Get: get, Now: time.Now}).Source(ctx, about.Issuer)
		}
		resolver := &federation.Resolver{Get: get, Anchors: map[string][]crypto.PublicKey{f.anchor: f.keys}, Now: time.Now}
		return resolver.Source(ctx, f.name, about.Issuer)
	}
}

func (f *foreign) accredited(client *fetch.Client) func(context.Context, verifier.Asked) (registry.Source, error) {
	return func(ctx context.Context, about verifier.Asked) (registry.Source, error) {
		reader := &ebsi.Reader{Get: client.NewSession(foreignBudget).Get, Now: time.Now, Issuers: f.issuers, DIDs: f.dids, Roots: f.roots, Support: f.support}
		return reader.Source(ctx, f.name, ebsi.Credential{
			Issuer: about.Issuer, Accreditations: about.TermsOfUse, Schemas: about.Schemas, Types: about.Types, Issued: about.IssuedAt,
		})
	}
}

func (f *foreign) listed(client *fetch.Client) (func(context.Context, verifier.Asked) (registry.Source, error), error) {
	raw, err := os.ReadFile(f.certificate)
	if err != nil {
		return nil, fmt.Errorf("the registry %s: certificate: %w", f.name, plain(err))
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("the registry %s: %s is no certificate in PEM", f.name, f.certificate)
	}
	signer, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the registry %s: %w", f.name, err)
	}
	return func(ctx context.Context, about verifier.Asked) (registry.Source, error) {
		text, _, err := client.NewSession(foreignBudget).Get(ctx, f.url, lote.Media, 0)
		if err != nil {
			return registry.Source{Name: f.name}, err
		}
		list, err := lote.Read(string(text), lote.Trust{Signers: []*x509.Certificate{signer}, Services: f.services}, time.Now())
		if err != nil {
			return registry.Source{Name: f.name}, err
		}
		snapshot, err := list.Snapshot(f.name)
		return registry.Source{Name: f.name, Snapshot: snapshot}, err
	}, nil
}
