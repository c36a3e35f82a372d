package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestServeLimits: the limits that are given are those of the VC API too.
func TestServeLimits(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	t.Setenv("LAUREL_DATA", filepath.Join(dir, "data"))
	mustRun(t, "init")
	const call = `{"verifiableCredential":{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],` +
		`"issuer":"did:example:1","credentialSubject":{"id":"did:example:2"}}}`
	for _, c := range []struct{ limit, code string }{{"1000", "proof-missing"}, {"100", "syntax-too-large"}} {
		serving(t, []string{"--vc-api", "--max-document", c.limit}, func(base string) {
			answer, err := http.Post(base+"/vc-api/credentials/verify", "application/json", strings.NewReader(call))
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || !strings.Contains(string(body), `"code":"`+c.code+`"`) {
				t.Errorf("--max-document %s: %d %s, want %s; %v", c.limit, answer.StatusCode, body, c.code, err)
			}
		})
	}
}

// serving runs the server while ask asks it, and ends it.
func serving(t *testing.T, flags []string, ask func(base string)) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...), strings.NewReader(""), io.Discard, in)
		in.Close()
	}()
	lines := bufio.NewScanner(out)
	lines.Scan()
	said := lines.Text()
	go func() {
		for lines.Scan() { // the log, for which nobody else waits
		}
	}()
	_, address, serves := strings.Cut(said, " on ")
	if serves {
		ask("http://" + address)
	}
	stop()
	if status := <-ended; status != exitOK || !serves {
		t.Fatalf("status %d: %s", status, said)
	}
}
