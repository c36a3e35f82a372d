package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/follow"
	"laurel/internal/registrar"
	"laurel/internal/repository"
	"laurel/internal/translog"
	"laurel/keys"
)

type rootFlags struct {
	bookFlags
	replace   string
	witnesses []string
	need      int
	discard   bool
}

func newRegistryRoot() *cobra.Command {
	f := &rootFlags{}
	c := &cobra.Command{
		Use:   "root",
		Short: "Say anew who holds which keys, or who witnesses the log",
		Long: `Stage a root that follows the newest: with new keys for a holder whose keys were lost or may be
in other hands, with other witnesses, or the same for another year. Two holders of the root
sign it with 'laurel registry sign --as root-1'; the lists that the holder had signed are
signed anew; then publish.`,
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.add(c)
	c.Flags().StringVar(&f.replace, "replace", "", "holder who gets new keys, such as officer-2")
	c.Flags().StringArrayVar(&f.witnesses, "witness", nil, "key of a witness, as 'laurel registry witness --key' prints it; may be repeated, and replaces those that there are")
	c.Flags().IntVar(&f.need, "need", 1, "how many witnesses must have seen the log, with --witness")
	c.Flags().BoolVar(&f.discard, "discard", false, "forget a root that is staged")
	return c
}

func (f *rootFlags) run(c *cobra.Command) (err error) {
	book, err := f.open(c.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	if f.discard {
		return book.DiscardRoot()
	}
	now := time.Now()
	swap, settle, err := f.newKeys(book, now)
	if err != nil {
		return err
	}
	err = book.StageRoot(now, func(root *repository.Root) {
		for name, role := range root.Roles {
			for i, key := range role.Keys {
				role.Keys[i] = swap(key)
			}
			root.Roles[name] = role
		}
		if len(f.witnesses) > 0 {
			root.Log.Witnesses, root.Log.Need = f.witnesses, f.need
		}
	})
	if err != nil {
		return err
	}
	if err := settle(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), "staged; two holders of the root sign it: laurel registry sign --as root-1")
	return err
}

// newKeys makes new keys for a holder, in a folder beside the old until the root is staged. swap
// puts the new in place of the old; the log's key stays, since its name is that of the log.
func (f *rootFlags) newKeys(book *registrar.Book, now time.Time) (swap func(crypto.PublicKey) crypto.PublicKey, settle func() error, err error) {
	swap = func(key crypto.PublicKey) crypto.PublicKey { return key }
	settle = func() error { return nil }
	if f.replace == "" {
		return swap, settle, nil
	}
	if !slices.Contains(slices.Concat(rootHolders, officerHolders, []string{machineHolder}), f.replace) {
		return nil, nil, usageError{fmt.Errorf("--replace: there is no holder %.40q", f.replace)}
	}
	folder := f.keyFolder()
	old, err := holderKeys(folder, f.replace)
	if err != nil {
		return nil, nil, err
	}
	held, err := signers(old)
	if err != nil {
		return nil, nil, err
	}
	root, err := book.Root()
	if err != nil {
		return nil, nil, err
	}
	stay, made, err := remake(filepath.Join(folder, "new"), f.replace, old, held, root, now)
	if err != nil {
		return nil, nil, err
	}
	swap = func(key crypto.PublicKey) crypto.PublicKey {
		for i, k := range stay {
			if k.Equal(key) {
				return made[i]
			}
		}
		return key
	}
	return swap, func() error { return moveKeys(folder, f.replace, now) }, nil
}

type publicKey interface{ Equal(crypto.PublicKey) bool }

// remake makes a ring with a new key for each that has a role, and the others as they are.
func remake(folder, holder string, old *keys.Ring, held []crypto.Signer, root *repository.Root, now time.Time) (before []publicKey, after []crypto.PublicKey, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, nil, err
	}
	var others []crypto.Signer
	for _, key := range held {
		public := key.Public().(publicKey)
		if !slices.ContainsFunc(roleNames(root), func(role string) bool { return root.Holds(role, key.Public()) }) {
			others = append(others, key)
			continue
		}
		before = append(before, public)
	}
	made, err := makeHolder(folder, holder, len(before), now)
	if err != nil {
		return nil, nil, fmt.Errorf("%w; an earlier attempt may have left %s: remove it", err, folder)
	}
	for _, key := range made {
		after = append(after, key.Public())
	}
	ring, err := holderKeys(folder, holder)
	for _, key := range others {
		var id string
		var private []byte
		if id, err = keys.Thumbprint(key.Public()); err == nil {
			if private, err = old.ExportPrivateJWK(id); err == nil {
				_, err = ring.Import(private, now)
			}
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return before, after, err
}

func roleNames(root *repository.Root) (all []string) {
	for name := range root.Roles {
		all = append(all, name)
	}
	return all
}

// moveKeys puts a holder's new files in place of the old, which are kept under another name.
func moveKeys(folder, holder string, now time.Time) error {
	for _, ending := range []string{".age", ".key"} {
		path := filepath.Join(folder, holder+ending)
		if err := os.Rename(path, filepath.Join(folder, holder+now.UTC().Format(".before-20060102T150405")+ending)); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(folder, "new", holder+ending), path); err != nil {
			return err
		}
	}
	return os.Remove(filepath.Join(folder, "new"))
}

type witnessFlags struct {
	from string
	name string
	key  bool
}

func newRegistryWitness() *cobra.Command {
	f := &witnessFlags{}
	c := &cobra.Command{
		Use:   "witness",
		Short: "Cosign the newest version of a registry's log that you saw",
		Long: `Cosign the newest version of a registry's log that was pulled with --mirror, if it contains the
last one that you cosigned: so that the registry cannot show others another history. Send what
is printed to the operator, who attaches it. --key prints the key that the operator names in
the root.`,
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c) },
	}
	c.Flags().StringVar(&f.from, "registry", "", "folder of a copy, or the address or origin of a registry that was pulled with --mirror (default the one there is)")
	c.Flags().StringVar(&f.name, "name", "", "your name as a witness, a host and a path such as witness.example/w1; cannot change")
	c.Flags().BoolVar(&f.key, "key", false, "print the key by which you are known, and nothing else")
	return c
}

func (f *witnessFlags) run(ctx context.Context, c *cobra.Command) error {
	if f.name == "" {
		return usageError{errors.New("--name is how the registry knows you, such as witness.example/w1")}
	}
	home, err := os.UserConfigDir()
	if err != nil {
		return err
	}
	signer, err := personalKey(filepath.Join(home, "laurel", "witness"))
	if err != nil {
		return err
	}
	if f.key {
		key, err := translog.WitnessKey(f.name, signer.Public())
		if err != nil {
			return usageError{fmt.Errorf("--name: %w", err)}
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), key)
		return err
	}
	follower, err := openCopy(f.from)
	if err != nil {
		return err
	}
	line, err := cosign(ctx, follower, filepath.Join(home, "laurel", "witness"), f.name, signer)
	if err != nil {
		return fmt.Errorf("%s: %w", follower.Name(), err)
	}
	_, err = io.WriteString(c.OutOrStdout(), line)
	return err
}

// cosign cosigns what a copy has, if it goes on from what was cosigned before.
func cosign(ctx context.Context, f *follow.Follower, folder, name string, signer crypto.Signer) (string, error) {
	policy := f.Root().Log
	state := filepath.Join(folder, strings.NewReplacer("/", "_", ":", "_").Replace(policy.Origin))
	if err := os.MkdirAll(state, 0o700); err != nil {
		return "", err
	}
	witness, err := translog.OpenWitness(state, name, signer, policy)
	if err != nil {
		return "", err
	}
	last, err := witness.Last()
	if err != nil {
		return "", err
	}
	note, err := os.ReadFile(filepath.Join(f.Public(), "checkpoint"))
	if err != nil {
		return "", err
	}
	newest, err := policy.Open(note)
	if err != nil {
		return "", err
	}
	var proof []translog.Hash
	if last.Size > 0 && last.Size < newest.Size {
		if proof, err = translog.Consistency(ctx, newest, last.Size, translog.Folder(f.Public())); err != nil {
			return "", err
		}
	}
	return witness.Cosign(note, proof, time.Now())
}

func newRegistryAttach() *cobra.Command {
	f := &bookFlags{}
	c := &cobra.Command{
		Use:   "attach FILE…",
		Short: "Attach what witnesses cosigned to the newest version of the log",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name a file with what a witness printed, or - for standard input")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) (err error) {
			var lines []string
			for _, name := range args {
				raw, err := readInput(c, name)
				if err != nil {
					return err
				}
				lines = append(lines, strings.SplitAfter(strings.TrimSuffix(string(raw), "\n")+"\n", "\n")[0])
			}
			book, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, book.Close()) }()
			ring, err := holderKeys(f.keyFolder(), machineHolder)
			if err != nil {
				return err
			}
			machine, err := online(book, ring)
			if err != nil {
				return err
			}
			return book.Attach(machine.Log, lines...)
		},
	}
	f.add(c)
	return c
}
