package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"laurel/internal/fetch"
)

// served runs laurel serve in this process until the test ends, and returns its address.
func served(t *testing.T, dir string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	said, log := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, strings.NewReader(""), io.Discard, log)
		log.Close()
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	var line []byte
	for one := make([]byte, 1); !bytes.HasSuffix(line, []byte("\n")); {
		if _, err := said.Read(one); err != nil {
			t.Fatalf("it does not serve: %s", line)
		}
		line = append(line, one[0])
	}
	go io.Copy(io.Discard, said) //nolint:errcheck // the log of requests
	_, address, found := strings.Cut(strings.TrimSpace(string(line)), " on ")
	if !found {
		t.Fatalf("it does not serve: %s", line)
	}
	return "http://" + address
}

// noNames lets no name be looked up outside of this machine.
func noNames(t *testing.T) {
	t.Helper()
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name servers in tests")
	}}
}

// TestRegistryServed runs a registry whose files a server shows: a follower pulls them over HTTP,
// what did not change costs less than a kilobyte, and a college applies.
func TestRegistryServed(t *testing.T) {
	noNames(t)
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	base := t.TempDir()
	o := &operator{t, filepath.Join(base, "book")}
	o.run(exitOK, "init", "--dir", o.dir, "--name", "Sample Registry", "--origin", "registry.example/obtr", "--base-url", "https://registry.example")
	o.run(exitOK, "propose", "amend", "college", "--dir", o.dir, "--as", "officer-1", "--reason", "onboarding", "--name", "Sample College")
	o.publish()
	data, college := filepath.Join(base, "data"), filepath.Join(base, "college")
	for dir, host := range map[string]string{data: "registry.example", college: "badges.college.example"} {
		if status, said := try(t, "init", "--data", dir, "--base-url", "https://"+host, "--name", "Sample of "+host); status != exitOK {
			t.Fatal(said)
		}
	}
	config := filepath.Join(data, configName)
	raw, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.Replace(raw, []byte("{"), fmt.Appendf(nil, "{%q: %q,", "registry", o.dir), 1)
	if err := os.WriteFile(config, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	address := served(t, data)
	files := address + "/registry/files"
	root := filepath.Join(o.dir, "public", "1.root.json")
	o.says(o.run(exitOK, "pull", "--root", root, "--allow-private-network", files), "version 1")
	o.says(o.run(exitOK, "pull", "--allow-private-network", "--mirror", files), "version 1")
	o.run(exitOK, "audit")

	for path, want := range map[string]string{"/registry": "registry.example/obtr", "/registry/changes.atom": "<entry", "/registry/entries/college": "Sample College", "/registry/changes": "registry.example"} {
		o.says(page(t, address+path), want)
	}
	said := o.run(exitOK, "apply", "--data", college, "--domain", "college.example", "--country", "ES", "--allow-private-network", address)
	o.says(said, `_obtr.college.example. IN TXT "did=did:web:badges.college.example; jkt=`)
	o.says(said, "? challenge") // the document of the identifier cannot be fetched in this world
	o.says(said, "the name servers did not answer")
	id := regexp.MustCompile(`applications/([a-z0-9]+)`).FindStringSubmatch(said)[1]
	o.says(o.run(exitOK, "applications", "--dir", o.dir), id)
	o.says(o.run(exitFailed, "review", "--dir", o.dir, "--as", "officer-1", "--contact", "letter 1", id), "what was seen does not suffice")
	o.run(exitOK, "review", "--dir", o.dir, "--reject", "not-reached", id)
	o.says(o.run(exitFailed, "apply", "--data", college, "--domain", "college.github.io", "--allow-private-network", address), "400")
}

// page fetches a page of the server.
func page(t *testing.T, address string) string {
	t.Helper()
	session := fetch.New(fetch.Options{AllowPrivateNetwork: true}).NewSession(fetch.Limits{})
	answer, err := session.Fetch(t.Context(), address, "", 0)
	if err != nil {
		t.Fatal(address, err)
	}
	return string(answer.Body)
}

// TestNothingNewIsCheap counts what a server sends to a follower that has its newest version.
func TestNothingNewIsCheap(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	o := &operator{t, filepath.Join(t.TempDir(), "book")}
	o.run(exitOK, "init", "--dir", o.dir, "--name", "Sample Registry", "--origin", "registry.example/obtr", "--base-url", "https://registry.example")
	o.publish()
	data := filepath.Join(t.TempDir(), "data")
	if status, said := try(t, "init", "--data", data, "--base-url", "https://registry.example"); status != exitOK {
		t.Fatal(said)
	}
	config := filepath.Join(data, configName)
	raw, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, bytes.Replace(raw, []byte("{"), fmt.Appendf(nil, "{%q: %q,", "registry", o.dir), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	counted := counting(t, strings.TrimPrefix(served(t, data), "http://"))
	files := "http://" + counted.address + "/registry/files"
	o.run(exitOK, "pull", "--root", filepath.Join(o.dir, "public", "1.root.json"), "--allow-private-network", files)
	before := counted.bytes()
	o.run(exitOK, "pull", "--allow-private-network", files)
	if sent := counted.bytes() - before; sent == 0 || sent > 1000 {
		t.Errorf("%d bytes were sent where nothing changed", sent)
	}
	// The registry does not learn who is asked about.
	before = counted.bytes()
	o.run(exitUntrusted, "check", "did:web:badges.college.example")
	o.run(exitOK, "list", "--search", "college")
	if sent := counted.bytes() - before; sent != 0 {
		t.Errorf("the registry answered %d bytes about an issuer", sent)
	}
}

// counter is a door before a server that counts what comes out.
type counter struct {
	address string
	sent    chan int64 // holds the count
}

func (c *counter) bytes() int64 {
	n := <-c.sent
	c.sent <- n
	return n
}

func counting(t *testing.T, server string) *counter {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	c := &counter{listener.Addr().String(), make(chan int64, 1)}
	c.sent <- 0
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server)
			if err != nil {
				in.Close()
				return
			}
			go func() {
				io.Copy(out, in) //nolint:errcheck // it ends with the connection
				out.Close()
			}()
			go func() {
				io.Copy(countingWriter{in, c}, out) //nolint:errcheck // likewise
				in.Close()
			}()
		}
	}()
	return c
}

type countingWriter struct {
	io.Writer
	c *counter
}

func (w countingWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.c.sent <- <-w.c.sent + int64(n)
	return n, err
}
