package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/needs"
	"laurel/internal/proof"
	"laurel/internal/vc"
)

// BenchmarkColdVerify times the whole of "laurel verify FILE", from exec to exit, beside a
// program that does nothing and beside "laurel version", in turns. The ratio to the first is
// what can be compared between machines; from the second to the third is the verification.
func BenchmarkColdVerify(b *testing.B) {
	dir := b.TempDir()
	nothing, laurel, badge := buildNothing(b, dir), build(b), filepath.Join(dir, "badge.json")
	if err := os.WriteFile(badge, signedBadge(b), 0o600); err != nil {
		b.Fatal(err)
	}
	commands := [...]struct {
		name   string
		args   []string
		status int
		took   []time.Duration
	}{
		{name: "nothing-ms", args: []string{nothing}},
		{name: "version-ms", args: []string{laurel, "version"}},
		{name: "verify-ms", args: []string{laurel, "verify", "--offline", "--data", "none", "--at", "2026-07-01T00:00:00Z", badge}, status: exitUntrusted},
	}
	for b.Loop() {
		for i := range commands {
			c := &commands[i]
			c.took = append(c.took, timed(b, dir, c.args, c.status))
		}
	}
	median := func(took []time.Duration) float64 {
		slices.Sort(took)
		return took[len(took)/2].Seconds() * 1000
	}
	for _, c := range commands {
		b.ReportMetric(median(c.took), c.name)
	}
	b.ReportMetric(median(commands[2].took)/median(commands[0].took), "verify/nothing")
	b.ReportMetric(0, "ns/op") // of the three together, which says nothing
}

// timed runs a command in a folder, and demands its exit status.
func timed(b *testing.B, dir string, args []string, status int) time.Duration {
	b.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	begun := time.Now()
	err := cmd.Run()
	took := time.Since(begun)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || cmd.ProcessState.ExitCode() != status {
		b.Fatal(args, err)
	}
	return took
}

// buildNothing builds the floor of every Go program.
func buildNothing(b *testing.B, dir string) string {
	b.Helper()
	source, binary := filepath.Join(dir, "nothing.go"), filepath.Join(dir, "nothing")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// signedBadge is the sample of package bench, awarded by a did:key and without a status, so
// that its verification needs no other document.
func signedBadge(b *testing.B) []byte {
	b.Helper()
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	id, method, err := did.DIDKey(public)
	if err != nil {
		b.Fatal(err)
	}
	var badge map[string]any
	text := bytes.ReplaceAll(sample(b), []byte("did:web:college.example"), []byte(id))
	if err := json.Unmarshal(text, &badge); err != nil {
		b.Fatal(err)
	}
	delete(badge, "credentialStatus")
	prepared, err := vc.Prepare(badge)
	if err != nil {
		b.Fatal(err)
	}
	signed, err := proof.Sign(context.Background(), jsonld.Pinned(), prepared, proof.Signer{Method: method, Key: key}, time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	if err != nil {
		b.Fatal(err)
	}
	return signed
}

func sample(b *testing.B) []byte {
	b.Helper()
	raw, err := os.ReadFile(filepath.Join(needs.Root(b), "internal", "bench", "credential.json"))
	if err != nil {
		b.Fatal(err)
	}
	return raw
}
