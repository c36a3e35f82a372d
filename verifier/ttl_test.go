package verifier

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"laurel/internal/status"
	"laurel/internal/vc"
)

// local is the sample's issuer on a server of this machine, whose documents their site calls
// fresh for an hour.
type local struct {
	*world
	host, issuer string
	asked        map[string]int
}

func newLocal(t testing.TB) *local {
	l := &local{world: newWorld(t, ed25519Key(t)), asked: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.asked[r.URL.Path]++
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = w.Write(l.documents[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	l.host = strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1)
	l.issuer = "did:web:" + strings.Replace(l.host, ":", "%3A", 1)
	l.method = strings.Replace(l.method, issuerDID, l.issuer, 1)
	l.documents["/.well-known/did.json"] = []byte(strings.ReplaceAll(string(l.documents[didURL]), issuerDID, l.issuer))
	l.list(false)
	return l
}

func (l *local) list(set bool) {
	bits := status.New(status.MinEntries)
	if err := bits.Set(94567, set); err != nil {
		l.t.Fatal(err)
	}
	p, err := status.PrepareList("http://"+l.host+"/status/1", l.issuer, "revocation", bits, now.Add(-time.Hour))
	if err != nil {
		l.t.Fatal(err)
	}
	l.documents["/status/1"] = l.secure(p)
}

func (l *local) prepared() vc.Prepared {
	return l.prepare(func(b map[string]any) {
		object(b, "issuer")["id"] = l.issuer
		object(b, "credentialStatus")["statusListCredential"] = "http://" + l.host + "/status/1"
	})
}

// TestListOutlives has a list ask to be fetched again sooner than its site says.
func TestListOutlives(t *testing.T) {
	l := newLocal(t)
	badge, at := l.secure(l.prepared()), now
	v := New(Config{AllowPrivateNetwork: true, Now: func() time.Time { return at }})
	verify := func() *Report { return v.Verify(context.Background(), Request{Input: badge}) }
	expect(t, verify(), Valid, "status-ok")
	l.list(true)
	at = now.Add(time.Minute)
	expect(t, verify(), Valid, "status-ok") // the list lives for five minutes
	if l.asked["/status/1"] != 1 {
		t.Errorf("asked %d times", l.asked["/status/1"])
	}
	at = now.Add(6 * time.Minute)
	expect(t, verify(), Invalid, "status-revoked")
	if l.asked["/status/1"] != 2 || l.asked["/.well-known/did.json"] != 1 {
		t.Errorf("asked %v", l.asked)
	}
}
