package verifier

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/status"
	"laurel/internal/strictjson"
)

// TestOldListInBundle has a learner whose badge was revoked bring along, in a bundle signed
// by the learner, the list from before: genuine, and dated by nobody but the learner.
func TestOldListInBundle(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	badge := w.badge(nil)
	file, witness := w.collect(badge)
	delete(w.documents, listURL) // or its server is slow, or the requests are used up
	expect(t, w.verify(badge), Indeterminate, "status-unavailable")
	expect(t, w.verify(file), Indeterminate, "status-bundle-word")
	v := w.verifier()
	v.config.Witnesses = []string{witness}
	expect(t, v.Verify(context.Background(), Request{Input: file}), Valid, "status-as-of")

	// What an old list says against the badge is its issuer's word, whoever brings it.
	w.publishList("revocation", func(b *status.Bitstring) {
		if err := b.Set(94567, true); err != nil {
			t.Fatal(err)
		}
	})
	revoked := w.documents[listURL]
	forger := newWorld(t, w.key)
	forger.publishList("revocation", nil)
	file = w.bundleWith(badge, map[string]string{listURL: string(revoked)})
	delete(w.documents, listURL)
	expect(t, w.verify(file), Invalid, "status-revoked")
}

// bundleWith makes a bundle as anybody can, of any documents.
func (w *world) bundleWith(badge []byte, documents map[string]string) []byte {
	w.t.Helper()
	type subject struct {
		Type       string           `json:"type"`
		Credential string           `json:"credential"`
		Document   []bundleDocument `json:"document,omitempty"`
	}
	s := subject{Type: bundleType, Credential: string(badge)}
	for url, text := range documents {
		s.Document = append(s.Document, bundleDocument{url, "", text})
	}
	file, err := w.verifier().attest(context.Background(), ed25519Key(w.t), bundleType, "x", s, strictjson.Limits{Bytes: maxBundle, Values: bundleValues})
	if err != nil {
		w.t.Fatal(err)
	}
	return file
}

// TestListIsNoList answers the question for a list with documents of every other kind, some
// of which hold in themselves.
func TestListIsNoList(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	badge := w.badge(nil)
	plain := w.badge(func(b map[string]any) { delete(b, "credentialStatus") })
	presentation := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[` + string(plain) + `]}`
	hosted := hostedWorld()
	for url, d := range hosted {
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		w.documents[url] = raw
	}
	for name, body := range map[string]string{
		"presentation": presentation, "hosted badge": string(w.documents["https://college.example/a"]),
		"badge": string(plain), "token": string(w.token(w.prepare(func(b map[string]any) { delete(b, "credentialStatus") }))),
	} {
		t.Run(name, func(t *testing.T) {
			w.documents[listURL] = []byte(body)
			expect(t, w.verify(badge), Invalid, "status-list-invalid")
		})
	}
}

// TestHostedBehindRedirect has somebody who can make the issuer's site redirect, but not
// serve, publish a badge there.
func TestHostedBehindRedirect(t *testing.T) {
	pool := x509.NewCertPool()
	serve := func(answer func(w http.ResponseWriter, r *http.Request)) string {
		s := httptest.NewTLSServer(http.HandlerFunc(answer))
		t.Cleanup(s.Close)
		pool.AddCert(s.Certificate())
		return s.URL
	}
	documents := map[string]map[string]any{}
	answer := func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		if err := json.NewEncoder(w).Encode(documents[r.URL.Path]); err != nil {
			t.Error(err)
		}
	}
	site, evil := serve(answer), serve(answer)
	for _, d := range hostedWorld() {
		for name, v := range d {
			if text, ok := v.(string); ok {
				d[name] = strings.Replace(text, "https://college.example", site, 1)
			}
		}
		documents[strings.TrimPrefix(d["id"].(string), site)] = d
	}
	for _, c := range []struct {
		to      string
		verdict Verdict
		code    string
	}{
		{"", Valid, "proof-hosted"}, {site, Valid, "proof-hosted"}, {evil, Indeterminate, "proof-undecided"},
	} {
		documents["/a"]["id"] = site + "/a"
		if c.to != "" {
			documents["/a"]["id"] = site + "/go?to=" + c.to + "/a"
		}
		raw, err := json.Marshal(documents["/a"])
		if err != nil {
			t.Fatal(err)
		}
		v := New(Config{Now: func() time.Time { return now }})
		v.client = fetch.New(fetch.Options{AllowPrivateNetwork: true, RootCAs: pool})
		expect(t, v.Verify(context.Background(), Request{Input: raw}), c.verdict, c.code)
	}
}

// TestEntryTakenApart re-nests a badge whose two status entries have one id, so that the
// index of one stands with the list of the other: the statements are the same.
func TestEntryTakenApart(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	const other = "https://college.example/status/2"
	entry := func(purpose, index, list string) map[string]any {
		return map[string]any{"id": "https://college.example/status", "type": "BitstringStatusListEntry", "statusPurpose": purpose, "statusListIndex": index, "statusListCredential": list}
	}
	w.publishList("revocation", func(b *status.Bitstring) {
		if err := b.Set(5, true); err != nil {
			t.Fatal(err)
		}
	})
	p, err := status.PrepareList(other, issuerDID, "suspension", status.New(status.MinEntries), now.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	w.documents[other] = w.secure(p)
	signed := w.badge(func(b map[string]any) {
		b["credentialStatus"] = []any{entry("revocation", "5", listURL), entry("suspension", "9", other)}
	})
	forged := w.edit(signed, func(b map[string]any) {
		b["credentialStatus"] = []any{entry("revocation", "9", listURL), entry("suspension", "5", other)}
	})
	for _, badge := range [][]byte{signed, forged} {
		expect(t, w.verify(badge), Invalid, "context-ambiguous")
	}
	// What an entry says may not stand at another mention of it either.
	size := w.badge(func(b map[string]any) {
		e := entry("revocation", "5", listURL)
		b["credentialStatus"] = []any{e}
		b["evidence"] = []any{map[string]any{"id": e["id"], "type": []any{"Evidence", "BitstringStatusListEntry"}, "statusSize": 1}}
	})
	expect(t, w.verify(size), Invalid, "context-ambiguous")
}
