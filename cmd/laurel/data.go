package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"laurel/internal/store"
	"laurel/issuer"
	"laurel/keys"
)

// dataFlags are the flags of every command that works on a data directory.
type dataFlags struct {
	dir            string
	config         string
	keyFile        string
	passphraseFile string
}

func (f *dataFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.dir, "data", defaultData(), "data directory (or LAUREL_DATA)")
	c.Flags().StringVar(&f.config, "config", "", "configuration file (default DATA/"+configName+")")
	f.addSecrets(c)
}

func defaultData() string { return cmp.Or(os.Getenv("LAUREL_DATA"), "laurel-data") }

func (f *dataFlags) addSecrets(c *cobra.Command) {
	c.Flags().StringVar(&f.keyFile, "key-file", "", "file that opens the signing keys")
	c.Flags().StringVar(&f.passphraseFile, "passphrase-file", "", "file with the passphrase that opens the signing keys")
}

func (f *dataFlags) path(name string) string { return filepath.Join(f.dir, name) }

func (f *dataFlags) read() (Config, error) {
	path := f.config
	if path == "" {
		path = f.path(configName)
	}
	c, err := readConfig(path)
	if f.keyFile != "" || f.passphraseFile != "" {
		c.KeyFile, c.PassphraseFile = f.keyFile, f.passphraseFile
	}
	return c, err
}

// opensUnasked tells whether there is a data directory that can be opened without asking for
// a passphrase.
func (f *dataFlags) opensUnasked() bool {
	c, err := f.read()
	return err == nil && (c.KeyFile != "" || c.PassphraseFile != "")
}

// institution is an open data directory. One process at a time has it.
type institution struct {
	*issuer.Issuer
	config Config
	store  *store.Bolt
	ring   *keys.Ring
}

// open opens the data directory and publishes what a crash left unpublished.
func (f *dataFlags) open(ctx context.Context, cmd *cobra.Command) (*institution, error) {
	in, err := f.openAsIs(ctx, cmd)
	if err != nil {
		return nil, err
	}
	err = in.PublishStatus(ctx)
	if ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), in.Close())
	}
	if err != nil { // what may mend it, such as a new key, must still be possible
		fmt.Fprintf(cmd.ErrOrStderr(), "laurel: the status lists that lag behind could not be published: %s\n", err)
	}
	return in, nil
}

// openAsIs opens the data directory and changes nothing in it.
func (f *dataFlags) openAsIs(ctx context.Context, cmd *cobra.Command) (*institution, error) {
	config, err := f.read()
	if err != nil {
		return nil, err
	}
	secret, err := config.secret(cmd)
	if err != nil {
		return nil, err
	}
	in := &institution{config: config}
	if in.store, err = store.OpenBolt(f.path(storeName)); err != nil {
		return nil, fmt.Errorf("%s: %w", f.dir, err)
	}
	if err := in.start(ctx, f.path(ringName), secret); err != nil {
		in.store.Close()
		return nil, err
	}
	return in, nil
}

func (in *institution) start(ctx context.Context, ring string, secret keys.Secret) (err error) {
	in.ring, err = keys.Open(ring, secret)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s, which holds the signing keys, is not there; restore it from a backup", ring)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", ring, err)
	}
	in.Issuer, err = issuer.New(issuer.Config{
		Store: in.store, Keys: in.ring, BaseURL: in.config.BaseURL, Now: time.Now, Random: rand.Reader,
	})
	if err != nil {
		return err
	}
	profile, err := in.Profile(ctx)
	if err != nil {
		return fmt.Errorf("the institution's profile: %w; was 'laurel init' interrupted? run it again", err)
	}
	if profile.ID != issuer.DID(in.Base()) {
		return fmt.Errorf("this data directory belongs to %s, not to %s; the base URL is part of every badge and cannot change", profile.ID, in.Base())
	}
	return nil
}

func (in *institution) Close() error { return in.store.Close() }

// secret finds what opens the signing keys: a key file, a passphrase file, or the person
// at the terminal.
func (c Config) secret(cmd *cobra.Command) (keys.Secret, error) {
	switch {
	case c.KeyFile != "" && c.PassphraseFile != "":
		return keys.Secret{}, errors.New("both a key file and a passphrase file are given; the signing keys are sealed with one of them")
	case c.KeyFile != "":
		secret, err := keys.KeyFile(c.KeyFile)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("the key file %s, which opens the signing keys, is not there; restore your copy of it, or name it with --key-file", c.KeyFile)
		}
		return secret, err
	case c.PassphraseFile != "":
		return passphraseFile(c.PassphraseFile)
	}
	words, err := prompt(cmd, "Passphrase of the signing keys: ")
	return keys.Passphrase(words), err
}

func passphraseFile(path string) (keys.Secret, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return keys.Secret{}, fmt.Errorf("the passphrase file %s, which opens the signing keys, is not there; restore it, or name it with --passphrase-file", path)
	}
	if err != nil {
		return keys.Secret{}, fmt.Errorf("the passphrase file: %w", err)
	}
	words, _, _ := bytes.Cut(raw, []byte("\n"))
	if words = bytes.TrimRight(words, "\r"); len(words) == 0 {
		return keys.Secret{}, fmt.Errorf("the passphrase file %s is empty", path)
	}
	return keys.Passphrase(words), nil
}

// prompt asks at the terminal, without echo.
func prompt(cmd *cobra.Command, question string) ([]byte, error) {
	if !isTerminal(cmd.InOrStdin()) {
		return nil, errors.New("the signing keys need a passphrase, and there is no terminal to ask at; use --passphrase-file")
	}
	fmt.Fprint(cmd.ErrOrStderr(), question)
	words, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(cmd.ErrOrStderr())
	if err == nil && len(words) == 0 {
		err = errors.New("the passphrase is empty")
	}
	return words, err
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
