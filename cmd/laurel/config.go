package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"laurel/internal/strictjson"
)

// Config is the file laurel.json in a data directory, or the one that --config names.
// Flags go before it. Unknown members are refused.
type Config struct {
	// BaseURL is the origin under which the world reaches this Laurel, such as
	// https://badges.college.example. It becomes part of every badge and cannot change
	// once a badge was issued.
	BaseURL string `json:"baseURL"`
	// Listen is the address on which serve listens; behind a proxy, a loopback one.
	Listen string `json:"listen,omitempty"`
	// KeyFile opens the signing keys: an age identity file, readable by its owner alone.
	// Keep it, and a copy of it, apart from the data directory and its backups.
	KeyFile string `json:"keyFile,omitempty"`
	// PassphraseFile holds the passphrase that opens the signing keys, if they were
	// sealed with one. With neither, the passphrase is asked for at the terminal.
	PassphraseFile string `json:"passphraseFile,omitempty"`
	// Registry is the folder of the trusted-issuer registry that serve shows under /registry:
	// one that 'laurel registry init' made, or a copy that 'laurel registry pull --mirror' keeps.
	Registry string `json:"registry,omitempty"`
	// Registries are those whose word on issuers counts where this server verifies: folders of
	// copies, or addresses or origins of registries that 'laurel registry pull' brought. The one
	// of Registry counts as well.
	Registries []string `json:"registries,omitempty"`
}

const (
	configName    = "laurel.json"
	ringName      = "keys.age"
	storeName     = "laurel.db"
	defaultListen = "127.0.0.1:8080"
)

func readConfig(path string) (Config, error) {
	var c Config
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("%s does not exist; make a data directory with 'laurel init', or name yours with --data", path)
	}
	if err != nil {
		return c, fmt.Errorf("the configuration cannot be read: %w", err)
	}
	if _, err := strictjson.ParseObject(raw, strictjson.Limits{}); err != nil {
		return c, fmt.Errorf("%s is not strict JSON: %w", path, err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: %w; the members are baseURL, listen, keyFile, passphraseFile, registry and registries", path, err)
	}
	return c, nil
}

// writeConfig makes the file, and refuses to replace one.
func writeConfig(dir string, c Config) error {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, configName), append(raw, '\n'))
}

// writeFile writes a file, readable by its owner alone, whole or not at all.
func writeFile(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".laurel-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(content); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
