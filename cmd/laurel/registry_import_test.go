package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/deqar/deqartest"
)

// operator runs commands of the registry in a folder of a test.
type operator struct {
	t   *testing.T
	dir string
}

// run demands an exit status and returns what was printed on both streams.
func (o *operator) run(want int, args ...string) string {
	o.t.Helper()
	var out, log bytes.Buffer
	if got := run(o.t.Context(), append([]string{"registry"}, args...), strings.NewReader(""), &out, &log); got != want {
		o.t.Fatalf("laurel registry %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got, want, &out, &log)
	}
	return out.String() + log.String()
}

func (o *operator) says(text, want string) {
	o.t.Helper()
	if !strings.Contains(text, want) {
		o.t.Fatalf("not %q but:\n%s", want, text)
	}
}

// publish signs as two officers, and publishes.
func (o *operator) publish() string {
	o.run(exitOK, "sign", "--dir", o.dir, "--as", "officer-1", "--yes")
	o.run(exitOK, "sign", "--dir", o.dir, "--as", "officer-2", "--yes")
	return o.run(exitOK, "publish", "--dir", o.dir)
}

// TestRegistryOfDEQAR mirrors DEQAR, publishes what its reports cover, and asks a copy about an
// institution, before and after a report changed.
func TestRegistryOfDEQAR(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	server := deqartest.New(t, deqartest.Small())
	account := filepath.Join(t.TempDir(), "account")
	if err := os.WriteFile(account, []byte(deqartest.Username+"\n"+deqartest.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := &operator{t, filepath.Join(t.TempDir(), "book")}
	load := []string{"import", "--dir", o.dir, "--from", server.URL, "--account", account, "--allow-private-network"}
	o.says(o.run(exitFailed, load...), "laurel registry init")
	o.run(exitOK, "init", "--dir", o.dir, "--name", "Sample Registry", "--origin", "registry.example/obtr", "--base-url", "https://registry.example")
	o.says(o.run(exitOK, load...), "import 1: ")
	o.publish()
	public := filepath.Join(o.dir, "public")
	o.says(o.run(exitOK, "pull", "--root", filepath.Join(public, "1.root.json"), public), "version 1")
	o.says(o.run(exitOK, "list"), "in_force")

	const pin = "0123456789012345678901234567890123456789012"
	o.says(o.run(exitFailed, "propose", "grant", "deqarinst9999", "--dir", o.dir, "--as", "officer-1", "--reason", "x", "--award", "degree", "--eqf", "6", "--from", "2020-01-01"), "no institution")
	o.run(exitOK, "propose", "binding_add", "deqarinst0001", "--dir", o.dir, "--as", "officer-1", "--reason", "onboarding", "--effective", "2020-01-01",
		"--did", "did:web:university.example", "--pin", pin, "--proof", "mutual:dns:x", "--proof", "registered:challenge:x")
	o.says(o.run(exitOK, "sign", "--dir", o.dir, "--as", "officer-2", "--yes"), "and decided")
	o.publish()
	o.says(o.run(exitOK, "pull"), "version 2")
	o.says(o.run(exitOK, "check", "did:web:university.example", "--award", "degree", "--eqf", "6"), "official_accredited policy:eqar-covered/v1")
	o.says(o.run(exitUntrusted, "check", "did:web:university.example", "--award", "degree", "--eqf", "6", "--issued", "2001-01-01"), "NOT_YET_VALID")
}
