package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"laurel/keys"
)

// witness finds the key under which bundles and reports are signed: that of the data
// directory, if there is one that opens without asking, and otherwise a key of the person's
// own, which is made in their configuration folder the first time.
func (f *dataFlags) witness(ctx context.Context, c *cobra.Command) (crypto.Signer, error) {
	if f.opensUnasked() {
		in, err := f.openAsIs(ctx, c)
		if err != nil {
			return nil, err
		}
		key, err := in.WitnessKey()
		return key, errors.Join(err, in.Close())
	}
	home, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("there is no folder in which to keep a key to sign with: %w", err)
	}
	return personalKey(filepath.Join(home, "laurel"))
}

// personalKey opens, or makes, the key of who verifies. It lies beside the file that opens
// it: what it signs is an observation, not an award.
func personalKey(folder string) (crypto.Signer, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	ringPath, filePath := filepath.Join(folder, "verifier.age"), filepath.Join(folder, "verifier.key")
	if err := keys.GenerateKeyFile(filePath); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	secret, err := keys.KeyFile(filePath)
	if err != nil {
		return nil, err
	}
	ring, err := keys.Open(ringPath, secret)
	if errors.Is(err, fs.ErrNotExist) {
		ring, err = keys.Create(ringPath, secret)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ringPath, err)
	}
	key, err := ring.Active(keys.Ed25519)
	if errors.Is(err, keys.ErrNotFound) {
		key, err = ring.Generate(keys.Ed25519, time.Now())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ringPath, err)
	}
	return ring.Signer(key.ID)
}
