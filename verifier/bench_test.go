package verifier

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkVerify makes the complete verification of a badge with a status list in every
// form; its documents are at hand.
func BenchmarkVerify(b *testing.B) {
	for _, f := range forms() {
		w := newWorld(b, signingKeys[f.key](b))
		l := lists[1]
		if strings.HasPrefix(f.name, "SD-JWT VC") {
			l = lists[len(lists)-1]
		}
		for address, document := range w.documents {
			w.documents[address] = unnamed(document)
		}
		l.publish(w, issuerDID, false)
		input, v := f.sign(w, nil), w.verifier()
		b.Run(f.name+"/"+f.proof+"/"+f.key, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := v.Verify(context.Background(), Request{Input: input}); r.Verdict != Valid {
					b.Fatal(r.Deciding())
				}
			}
		})
	}
}

// BenchmarkNetwork fetches the issuer's documents over HTTP on this machine: cold with a
// verifier that never saw them, warm with one that keeps what is fresh.
func BenchmarkNetwork(b *testing.B) {
	documents := map[string][]byte{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = w.Write(documents[r.URL.Path])
	}))
	defer server.Close()
	host := strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1)
	w := newWorld(b, ed25519Key(b))
	// The same badge as of an issuer on this machine.
	local := strings.NewReplacer("did:web:college.example", "did:web:"+strings.Replace(host, ":", "%3A", 1), listURL, "http://"+host+"/status/1")
	w.method = local.Replace(w.method)
	documents["/.well-known/did.json"] = []byte(local.Replace(string(w.documents[didURL])))
	issuer := local.Replace(issuerDID)
	list := bitstring(w, issuer, false).Tree()
	list["id"] = "http://" + host + "/status/1"
	documents["/status/1"] = w.compact("EdDSA", map[string]any{"typ": "vc+jwt"}, list)
	input := joseJWT("")(w, func(badge map[string]any) {
		object(badge, "issuer")["id"] = issuer
		object(badge, "credentialStatus")["statusListCredential"] = "http://" + host + "/status/1"
	})
	config := w.verifier().config
	config.Own, config.Offline, config.AllowPrivateNetwork = nil, false, true
	verify := func(b *testing.B, v *Verifier) {
		if r := v.Verify(context.Background(), Request{Input: input}); r.Verdict != Valid {
			b.Fatal(r.Deciding())
		}
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			verify(b, New(config))
		}
	})
	b.Run("warm", func(b *testing.B) {
		v := New(config)
		for b.Loop() {
			verify(b, v)
		}
	})
}
