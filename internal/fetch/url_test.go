package fetch

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestVet(t *testing.T) {
	tests := []struct{ raw, strict, private string }{ // what it becomes; "" is refused
		{"https://college.example/a?b=c#d", "https://college.example/a?b=c", "https://college.example/a?b=c"},
		{"HTTPS://College.Example:8443/a", "https://college.example:8443/a", "https://college.example:8443/a"},
		{"https://college.example:/", "https://college.example/", "https://college.example/"},
		{"https://xn--bcher-kva.example/é", "https://xn--bcher-kva.example/%C3%A9", "https://xn--bcher-kva.example/%C3%A9"},
		{"https://8.8.8.8/", "https://8.8.8.8/", "https://8.8.8.8/"},
		{"https://[2606:4700::1111]:444/", "https://[2606:4700::1111]:444/", "https://[2606:4700::1111]:444/"},
		{"https://127.0.0.1/", "", "https://127.0.0.1/"},
		{"https://[::1]:1/", "", "https://[::1]:1/"},
		{"https://intranet/", "", "https://intranet/"},
		{"https://localhost/", "", "https://localhost/"},
		{"http://localhost:8080/", "", "http://localhost:8080/"},
		{"http://127.0.0.1:8080/", "", "http://127.0.0.1:8080/"},
		{"http://[::1]/", "", "http://[::1]/"},
		{"http://10.0.0.1/", "", ""},
		{"http://8.8.8.8/", "", ""},
		{"http://intranet/", "", ""},
		{"http://localhost.example/", "", ""},
		{"http://college.example/", "", ""},
		{"https://169.254.169.254/latest", "", ""},
		{"https://2130706433/", "", ""}, {"https://127.1/", "", ""}, {"https://0177.0.0.1/", "", ""},
		{"https://0x7f.0.0.1/", "", ""}, {"https://0x7f000001/", "", ""}, {"https://127.0.0.1./", "", ""},
		{"https://1.2.3.4.5/", "", ""}, {"https://a.0x1/", "", ""}, {"https://127。0。0。1/", "", ""},
		{"https://１２７.0.0.1/", "", ""}, {"https://[::ffff:127.0.0.1]/", "", ""}, {"https://[0:0::1]/", "", ""},
		{"https://[::FFFF:8.8.8.8]/", "", ""}, {"https://[8.8.8.8]/", "", ""}, {"https://[college.example]/", "", ""},
		{"https://[fe80::1%25eth0]/", "", ""}, {"https://[::1", "", ""},
		{"https://user@college.example/", "", ""}, {"https://user:pass@college.example/", "", ""},
		{"https://@college.example/", "", ""},
		{"https://college.example\\@other.example/", "", ""}, {"https://college.example%2f/", "", ""},
		{"https://coll ege.example/", "", ""}, {"https://college.example\r\n/", "", ""},
		{"https://college.example./", "", ""}, {"https://.example/", "", ""}, {"https://a..example/", "", ""},
		{"https://-a.example/", "", ""}, {"https://bücher.example/", "", ""},
		{"https://college.example:0/", "", ""}, {"https://college.example:65536/", "", ""},
		{"https://college.example:0443/", "", ""}, {"https://college.example:-1/", "", ""},
		{"https:college.example/", "", ""}, {"https:///a", "", ""}, {"//college.example/", "", ""},
		{"college.example", "", ""}, {"", "", ""}, {"file:///etc/passwd", "", ""}, {"ftp://college.example/", "", ""},
		{"data:text/plain,a", "", ""}, {"gopher://college.example/", "", ""},
		{"https://" + strings.Repeat("a", 64) + ".example/", "", ""},
		{"https://" + strings.Repeat("a.", 127) + "example/", "", ""},
		{"https://college.example/" + strings.Repeat("a", maxURLBytes), "", ""},
	}
	strict, private := New(Options{}), New(Options{AllowPrivateNetwork: true})
	check := func(name string, c *Client, raw, want string) {
		u, err := c.vet(raw)
		switch {
		case want == "" && err == nil:
			t.Errorf("%s: %q is accepted as %s", name, raw, u)
		case want == "" && !errors.Is(err, ErrRefused):
			t.Errorf("%s: %q: %v, want ErrRefused", name, raw, err)
		case want != "" && (err != nil || u.String() != want):
			t.Errorf("%s: %q becomes %v, %v; want %s", name, raw, u, err, want)
		}
	}
	for _, test := range tests {
		check("strict", strict, test.raw, test.strict)
		check("private", private, test.raw, test.private)
	}
}

func FuzzVet(f *testing.F) {
	for _, seed := range []string{
		"https://college.example/a?b#c", "http://localhost:1", "https://[::1]:80/", "https://0x7f.1/",
		"https://a@b/", "https://[fe80::1%25a]/", "https://college.example:/%2f?#", "https://a\\b/", "HTTPS://A/",
	} {
		f.Add(seed)
	}
	strict, private := New(Options{}), New(Options{AllowPrivateNetwork: true})
	f.Fuzz(func(t *testing.T, raw string) {
		for _, c := range []*Client{strict, private} {
			u, err := c.vet(raw)
			if err != nil {
				continue
			}
			host := u.Hostname()
			addr, _ := netip.ParseAddr(host)
			if u.Scheme != "https" && (u.Scheme != "http" || c == strict || !isLoopback(addr) && host != "localhost") {
				t.Fatalf("%q: scheme %q accepted", raw, u.Scheme)
			}
			if addr.IsValid() && !c.permit(addr) {
				t.Fatalf("%q: address %s accepted", raw, addr)
			}
			again, err := url.Parse(u.String())
			if err != nil || again.Scheme != u.Scheme || again.Host != u.Host || again.User != nil || again.Fragment != "" {
				t.Fatalf("%q: %q parses to %v, %v", raw, u, again, err)
			}
			if once, err := c.vet(u.String()); len(u.String()) <= maxURLBytes && (err != nil || once.String() != u.String()) {
				t.Fatalf("%q: %q vets to %v, %v", raw, u, once, err)
			}
		}
	})
}
