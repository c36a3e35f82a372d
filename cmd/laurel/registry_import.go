package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"laurel/internal/deqar"
	"laurel/internal/registrar"
)

type importFlags struct {
	dir, base, account string
	full, private      bool
	institution        string
	release, discard   uint64
	operator           string
}

const mirrorFolder = "deqar"

func newRegistryImport() *cobra.Command {
	f := &importFlags{}
	c := &cobra.Command{
		Use:   "import",
		Short: "Bring what DEQAR says up to date",
		Long: `Bring the mirror of DEQAR up to date: its nightly files, and with an account each row that is
new, changed or gone from its Web API. An import that was interrupted goes on where it
stopped. One that changes abnormally much is held until you --release or --discard it.

The nightly files alone lack levels and flags, without which nothing is covered: get an
account, which is free, from DEQAR.`,
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c) },
	}
	c.Flags().StringVar(&f.dir, "dir", defaultBook, "folder of the registry")
	c.Flags().StringVar(&f.base, "from", deqar.DefaultBase, "address of DEQAR")
	c.Flags().StringVar(&f.account, "account", "", "file with the name of a DEQAR account on its first line and the password on the second")
	c.Flags().BoolVar(&f.full, "full", false, "ask for every institution and report again: once a week; may take hours")
	c.Flags().StringVar(&f.institution, "institution", "", "ask for one institution and its reports alone, such as DEQARINST0001")
	c.Flags().Uint64Var(&f.release, "release", 0, "accept the import of a number, which is held")
	c.Flags().Uint64Var(&f.discard, "discard", 0, "throw the import of a number away, which is held")
	c.Flags().StringVar(&f.operator, "operator", "", "who releases or discards, such as officer-1; it is noted")
	c.Flags().BoolVar(&f.private, "allow-private-network", false, "allow addresses of private networks, and http on this machine")
	return c
}

func (f *importFlags) run(ctx context.Context, c *cobra.Command) (err error) {
	client, err := f.client()
	if err != nil {
		return err
	}
	progress := &stages{c: c}
	mirror, err := openMirror(f.dir, deqar.MirrorOptions{Client: client, Hold: deqar.DefaultHold, Policy: deqar.DefaultPolicy(), Progress: progress.at})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mirror.Close()) }()
	if f.release != 0 || f.discard != 0 {
		return f.settle(ctx, c, mirror)
	}
	outcome, err := f.fetch(ctx, mirror)
	progress.end()
	switch {
	case errors.Is(err, deqar.ErrHeld):
		return f.held(ctx, c, mirror)
	case err != nil:
		return err
	case outcome.Held():
		return f.held(ctx, c, mirror)
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "import %d: %s%d institutions are covered otherwise than before\n", outcome.Import.Number, counted(outcome.Import), len(outcome.Changes))
	return err
}

func (f *importFlags) fetch(ctx context.Context, mirror *deqar.Mirror) (deqar.Outcome, error) {
	switch {
	case f.institution != "":
		number, err := deqar.ParseInstitutionNumber(f.institution)
		if err != nil {
			return deqar.Outcome{}, usageError{fmt.Errorf("--institution: %w", err)}
		}
		return mirror.RefreshInstitution(ctx, number)
	case f.full:
		return mirror.Relist(ctx)
	}
	return mirror.Refresh(ctx)
}

func (f *importFlags) client() (*deqar.Client, error) {
	o := deqar.ClientOptions{Base: f.base, AllowPrivateNetwork: f.private, Now: time.Now}
	if f.account != "" {
		raw, err := os.ReadFile(f.account)
		if err != nil {
			return nil, usageError{fmt.Errorf("--account: %w", plain(err))}
		}
		name, rest, _ := bytes.Cut(raw, []byte("\n"))
		password, _, _ := bytes.Cut(rest, []byte("\n"))
		o.Username, o.Password = string(bytes.TrimSpace(name)), string(bytes.TrimRight(password, "\r"))
		if o.Username == "" || o.Password == "" {
			return nil, usageError{errors.New("--account: the file has a name on its first line and a password on its second")}
		}
	}
	return deqar.NewClient(o)
}

func (f *importFlags) settle(ctx context.Context, c *cobra.Command, mirror *deqar.Mirror) error {
	if f.operator == "" {
		return usageError{errors.New("--operator says who decides about a held import")}
	}
	if f.release != 0 {
		if err := mirror.Release(ctx, f.release, f.operator); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.OutOrStdout(), "import %d is accepted\n", f.release)
		return err
	}
	if err := mirror.Discard(ctx, f.discard, f.operator); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "import %d is thrown away\n", f.discard)
	return err
}

func (f *importFlags) held(ctx context.Context, c *cobra.Command, mirror *deqar.Mirror) error {
	held, waits, err := mirror.Held(ctx)
	if err != nil || !waits {
		return errors.Join(err, deqar.ErrHeld)
	}
	fmt.Fprintf(c.ErrOrStderr(), "laurel: import %d is held: %s\nlaurel: look at it, and accept it with 'laurel registry import --release %d --operator …' or throw it away with --discard\n",
		held.Number, clean(held.Reason), held.Number)
	return exit(exitIndeterminate)
}

// counted tells what an import changed, by kind.
func counted(i deqar.Import) string {
	var out strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(i.Counts)) {
		n := i.Counts[kind]
		fmt.Fprintf(&out, "%s %d new, %d changed, %d gone; ", kind, n.Appeared, n.Changed, n.Vanished)
	}
	return out.String()
}

// stages shows a bar for each stage of an import.
type stages struct {
	c    *cobra.Command
	name string
	bar  *progressbar.ProgressBar
}

func (s *stages) at(stage string, done, total int) {
	if s.bar == nil || s.name != stage {
		s.end()
		s.name = stage
		s.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(s.c.ErrOrStderr()), progressbar.OptionSetDescription(stage),
			progressbar.OptionSetVisibility(isTerminal(s.c.ErrOrStderr())), progressbar.OptionClearOnFinish())
	}
	s.bar.ChangeMax(total)
	_ = s.bar.Set(done) // a bar that cannot be drawn is no reason to stop
}

func (s *stages) end() {
	if s.bar != nil {
		_ = s.bar.Finish()
		s.bar = nil
	}
}

func openMirror(dir string, o deqar.MirrorOptions) (*deqar.Mirror, error) {
	if _, err := os.Stat(filepath.Join(dir, "registry.json")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w %s; make one with 'laurel registry init'", registrar.ErrNoBook, dir)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return deqar.OpenMirror(filepath.Join(dir, mirrorFolder), o)
}

// facts are what the mirror of a registry says, if it has one.
func facts(ctx context.Context, dir string) (registrar.Facts, error) {
	if _, err := os.Stat(filepath.Join(dir, mirrorFolder)); errors.Is(err, fs.ErrNotExist) {
		return registrar.Facts{}, nil
	}
	policy := deqar.DefaultPolicy()
	mirror, err := openMirror(dir, deqar.MirrorOptions{Policy: policy})
	if err != nil {
		return registrar.Facts{}, err
	}
	world, err := mirror.World(ctx, time.Time{})
	if err = errors.Join(err, mirror.Close()); err != nil {
		return registrar.Facts{}, err
	}
	return registrar.DEQAR(world, policy), nil
}
