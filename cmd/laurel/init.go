package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/store"
	"laurel/issuer"
	"laurel/keys"
)

type initFlags struct {
	dataFlags
	passphrase bool
	baseURL    string
	profile    issuer.Profile
}

func newInit() *cobra.Command {
	f := &initFlags{}
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a data directory: profile, signing keys, status lists",
		Long: `Make a data directory for one institution.

The signing keys are sealed. By default the file that opens them is made in your own
configuration folder, outside the data directory; keep a copy of it, apart from backups
of the data. With --passphrase you are asked for a passphrase instead.`,
		Example: `  laurel init --name "Sample College" --home https://college.example --base-url https://badges.college.example`,
		Args:    exactly(0, "no argument"),
		RunE:    func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c) },
	}
	f.add(c)
	c.Flags().BoolVar(&f.passphrase, "passphrase", false, "seal the signing keys with a passphrase, asked for at the terminal")
	c.Flags().StringVar(&f.baseURL, "base-url", "http://localhost:8080", "origin under which badges will be served; part of every badge, cannot change later")
	c.Flags().StringVar(&f.profile.Name, "name", "Sample College", "name of the institution")
	c.Flags().StringVar(&f.profile.URL, "home", "", "home page of the institution (default the base URL)")
	c.Flags().StringVar(&f.profile.Slug, "slug", "", "short name for addresses (default from the name)")
	c.Flags().StringVar(&f.profile.Email, "email", "", "public e-mail address of the institution")
	c.Flags().StringVar(&f.profile.Description, "description", "", "one sentence about the institution")
	c.Flags().StringVar(&f.profile.CountryCode, "country", "", "country of the institution, two capital letters")
	return c
}

func (f *initFlags) run(ctx context.Context, c *cobra.Command) error {
	if _, err := os.Stat(f.path(configName)); err == nil {
		return fmt.Errorf("%s is a data directory already; name another one with --data", f.dir)
	}
	config, secret, err := f.prepare(c)
	if err != nil {
		return err
	}
	in, err := create(ctx, f.dir, config, secret, f.profile)
	if err != nil {
		return err
	}
	defer in.Close()
	profile, err := in.Profile(ctx)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	fmt.Fprintf(out, "%s is ready.\n  issuer    %s (%s)\n  base URL  %s\n", f.dir, profile.Name, profile.ID, in.Base())
	if config.KeyFile != "" {
		fmt.Fprintf(out, "  key file  %s\n            Without it the signing keys cannot be opened: keep a copy apart from the data.\n", config.KeyFile)
	}
	next := program() + " achievement import"
	if f.dir != defaultData() {
		next += " --data " + shellWord(f.dir)
	}
	fmt.Fprintf(out, "Next: %s examples/achievements.json\n", next)
	return nil
}

func (f *initFlags) prepare(c *cobra.Command) (Config, keys.Secret, error) {
	config := Config{Listen: defaultListen, KeyFile: f.keyFile, PassphraseFile: f.passphraseFile}
	base, err := issuer.BaseURL(f.baseURL)
	if err != nil {
		return config, keys.Secret{}, err
	}
	config.BaseURL = base
	if u, err := url.Parse(base); err == nil && u.Scheme == "http" && u.Port() != "" {
		config.Listen = "127.0.0.1:" + u.Port()
	}
	if f.profile.URL == "" {
		f.profile.URL = base
	}
	if f.profile.Slug == "" {
		f.profile.Slug = slugOf(f.profile.Name)
	}
	if err := f.settleSecrets(&config, c); err != nil {
		return config, keys.Secret{}, err
	}
	if f.passphrase {
		words, err := newPassphrase(c)
		return config, keys.Passphrase(words), err
	}
	secret, err := config.secret(c)
	return config, secret, err
}

// settleSecrets makes the paths of the configuration absolute, so that they hold wherever
// the program is run, and the key file if it is not there.
func (f *initFlags) settleSecrets(config *Config, c *cobra.Command) (err error) {
	if f.passphrase {
		if config.KeyFile != "" || config.PassphraseFile != "" {
			return usageError{errors.New("--passphrase asks for a passphrase; leave --key-file and --passphrase-file out")}
		}
		return nil
	}
	if config.PassphraseFile != "" {
		config.PassphraseFile, err = filepath.Abs(config.PassphraseFile)
		return err
	}
	if config.KeyFile == "" {
		config.KeyFile, err = makeKeyFile(f.dir)
		return err
	}
	if config.KeyFile, err = filepath.Abs(config.KeyFile); err != nil {
		return err
	}
	err = keys.GenerateKeyFile(config.KeyFile)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		fmt.Fprintf(c.ErrOrStderr(), "laurel: made the key file %s\n", config.KeyFile)
	}
	return err
}

func newPassphrase(c *cobra.Command) ([]byte, error) {
	first, err := prompt(c, "New passphrase for the signing keys: ")
	if err != nil {
		return nil, err
	}
	if len(first) < 12 {
		return nil, errors.New("the passphrase is shorter than 12 characters; take several words")
	}
	second, err := prompt(c, "The same once more: ")
	if err == nil && !bytes.Equal(first, second) {
		err = errors.New("the two passphrases differ; nothing was made")
	}
	return first, err
}

// makeKeyFile makes the file that opens the keys of a data directory, in the user's own
// configuration folder.
func makeKeyFile(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	home, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the key file: %w; name one with --key-file or use --passphrase", err)
	}
	sum := sha256.Sum256([]byte(absolute))
	path := filepath.Join(home, "laurel", filepath.Base(absolute)+"-"+hex.EncodeToString(sum[:4])+".key")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	if err := keys.GenerateKeyFile(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return path, nil
}

// create makes a data directory. Its configuration is written last: what was interrupted
// before can be begun again.
func create(ctx context.Context, dir string, config Config, secret keys.Secret, profile issuer.Profile) (_ *institution, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	in := &institution{config: config}
	if in.store, err = store.OpenBolt(filepath.Join(dir, storeName)); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	defer func() {
		if err != nil {
			in.store.Close()
		}
	}()
	if in.ring, err = makeRing(filepath.Join(dir, ringName), secret); err != nil {
		return nil, err
	}
	in.Issuer, err = issuer.New(issuer.Config{
		Store: in.store, Keys: in.ring, BaseURL: config.BaseURL, Now: time.Now, Random: rand.Reader,
	})
	if err != nil {
		return nil, err
	}
	if _, err = in.Setup(ctx, profile); err != nil {
		return nil, err
	}
	return in, writeConfig(dir, config)
}

// makeRing makes the signing keys: Ed25519 for embedded proofs, RSA for tokens, since
// every verifier of Open Badges 3.0 reads RS256.
func makeRing(path string, secret keys.Secret) (*keys.Ring, error) {
	ring, err := keys.Create(path, secret)
	if errors.Is(err, fs.ErrExist) {
		ring, err = keys.Open(path, secret)
	}
	if err != nil {
		return nil, err
	}
	for _, a := range []keys.Algorithm{keys.Ed25519, keys.RSA2048} {
		if _, err := ring.Active(a); errors.Is(err, keys.ErrNotFound) {
			if _, err := ring.Generate(a, time.Now()); err != nil {
				return nil, err
			}
		}
	}
	return ring, nil
}

var notSlug = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^a-z0-9]+`) })

func slugOf(name string) string {
	s := strings.Trim(notSlug().ReplaceAllString(strings.ToLower(name), "-"), "-")
	if s == "" {
		return "issuer"
	}
	return strings.Trim(s[:min(len(s), 64)], "-")
}

var plainWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`) })

// shellWord writes a word so that a shell reads it as one.
func shellWord(word string) string {
	if plainWord().MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// program is how the person called this program, to be repeated in advice.
func program() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/laurel"
	}
	return os.Args[0]
}
