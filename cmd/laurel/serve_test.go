package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// try runs the program in this process.
func try(t *testing.T, args ...string) (status int, stderr string) {
	t.Helper()
	var out strings.Builder
	status = run(t.Context(), args, strings.NewReader(""), io.Discard, &out)
	return status, out.String()
}

// TestDemo: the sample college is made once, belongs to its origin, and is served again.
func TestDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	status, said := try(t, "serve", "--demo", "--data", dir, "--listen", busy.Addr().String())
	if status != exitFailed || !strings.Contains(said, "another program listens") {
		t.Errorf("a port in use: status %d, %s", status, said)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a port in use left a folder behind")
	}
	demo(t, "serve", "--demo", "--data", dir, "--listen", "127.0.0.1:0")
	if status, said := try(t, "revoke", "--data", dir, "FH2-2025-001", "--reason", "error"); status != exitOK { // the first
		t.Fatal(said)
	}
	demo(t, "serve", "--demo", "--data", dir)
	status, said = try(t, "serve", "--demo", "--data", dir, "--listen", busy.Addr().String())
	if status != exitFailed || !strings.Contains(said, "belongs to http://localhost:") || !strings.Contains(said, "--data") {
		t.Errorf("another origin: status %d, %s", status, said)
	}
}

// demo runs the program until it has said how to verify, does what it says, and ends it.
func demo(t *testing.T, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	var stderr strings.Builder
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, args, strings.NewReader(""), in, &stderr)
		in.Close()
	}()
	told, verified := false, false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		told = told || strings.HasPrefix(lines.Text(), "Verify it yourself")
		_, line, found := strings.Cut(lines.Text(), " verify ")
		if !told || !found || verified {
			continue
		}
		status, said := try(t, append([]string{"verify"}, strings.Fields(line)...)...)
		if verified = status == exitOK; !verified {
			t.Errorf("%s: status %d, %s", lines.Text(), status, said)
		}
		stop()
	}
	if status := <-ended; status != exitOK || !verified {
		t.Fatalf("status %d, verified %v: %s", status, verified, stderr.String())
	}
}
