package federation

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/jws"
	"laurel/keys"
)

var now = time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC)

const (
	top    = "https://anchor.example"
	middle = "https://middle.example"
	leaf   = "https://college.example/issuer"
	stray  = "https://stray.example"
)

func key(seed string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte(seed[:1]), ed25519.SeedSize))
}

// keyOf is the key of an entity of the world: by the first letter of its host.
func keyOf(id string) ed25519.PrivateKey { return key(strings.TrimPrefix(id, "https://")) }

func jwksOf(signers ...crypto.Signer) json.RawMessage {
	var all []crypto.PublicKey
	for _, s := range signers {
		all = append(all, s.Public())
	}
	set, err := keys.JWKSet(all...)
	if err != nil {
		panic(err)
	}
	return set
}

// world is what each address answers with, and how often it was asked.
type world struct {
	claims map[string]claims
	signer map[string]crypto.Signer
	typ    map[string]string
	raw    map[string]string
	down   map[string]bool
	moved  map[string]string // where an address led to
	asked  map[string]int
}

// newWorld is a college under an intermediate under an anchor.
func newWorld() *world {
	w := &world{claims: map[string]claims{}, signer: map[string]crypto.Signer{}, typ: map[string]string{}, raw: map[string]string{}, down: map[string]bool{}, moved: map[string]string{}, asked: map[string]int{}}
	w.entity(top)
	w.entity(middle, top)
	w.entity(leaf, middle)
	w.claims[own(leaf)]["metadata"] = claims{
		federationEntity: claims{"organization_name": "Sample College", "contacts": []string{"a@college.example"}},
		"vc_issuer":      claims{"jwks": jwksOf(key("v")), "formats": []string{"ldp", "jwt"}},
	}
	return w
}

func own(id string) string                 { return id + wellKnown }
func said(by, about string) string         { return by + "/fetch?sub=" + url.QueryEscape(about) }
func (w *world) about(by, s string) claims { return w.claims[said(by, s)] }

// entity makes an entity and what its superiors say about it.
func (w *world) entity(id string, superiors ...string) {
	c := w.statement(own(id), id, id)
	c["metadata"] = claims{federationEntity: claims{"federation_fetch_endpoint": id + "/fetch"}}
	for _, s := range superiors {
		w.statement(said(s, id), s, id)
	}
	if len(superiors) > 0 {
		c["authority_hints"] = superiors
	}
}

func (w *world) statement(address, issuer, subject string) claims {
	c := claims{"iss": issuer, "sub": subject, "iat": now.Add(-time.Hour).Unix(), "exp": now.Add(time.Hour).Unix(), "jwks": jwksOf(keyOf(subject))}
	w.claims[address], w.signer[address] = c, keyOf(issuer)
	return c
}

func (w *world) text(address string) string {
	if raw, ok := w.raw[address]; ok {
		return raw
	}
	typ := w.typ[address]
	if typ == "" {
		typ = typeStatement
	}
	return token(typ, w.claims[address], w.signer[address])
}

func token(typ string, c claims, signer crypto.Signer) string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	text, err := jws.Sign(typ, raw, signer, nil)
	if err != nil {
		panic(err)
	}
	return text
}

func (w *world) get(_ context.Context, address, _ string, _ int64) ([]byte, string, error) {
	w.asked[address]++
	switch {
	case w.down[address]:
		return nil, "", errors.New("no answer")
	case w.claims[address] == nil && w.raw[address] == "":
		return nil, "", fetch.StatusError{Code: 404}
	}
	final := address
	if to := w.moved[address]; to != "" {
		final = to
	}
	return []byte(w.text(address)), final, nil
}

func (w *world) resolver() *Resolver {
	return &Resolver{Get: w.get, Anchors: map[string][]crypto.PublicKey{top: {keyOf(top).Public()}}, Now: func() time.Time { return now }}
}

func (w *world) resolve(t testing.TB) (*Chain, error) {
	t.Helper()
	c, err := w.resolver().Resolve(t.Context(), leaf)
	for address, n := range w.asked {
		if n > 1 {
			t.Errorf("%s was fetched %d times", address, n)
		}
	}
	one := 0
	for _, of := range []error{ErrRefused, ErrUnlisted, ErrUndecided} {
		if errors.Is(err, of) {
			one++
		}
	}
	if err != nil && one != 1 {
		t.Errorf("of %d kinds: %v", one, err)
	}
	return c, err
}

func jkt(signer crypto.Signer) string {
	text, err := keys.Thumbprint(signer.Public())
	if err != nil {
		panic(err)
	}
	return text
}
