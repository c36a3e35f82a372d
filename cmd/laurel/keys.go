package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"laurel/keys"
)

func newKeys() *cobra.Command {
	c := &cobra.Command{Use: "keys", Short: "Signing keys: generate, list, rotate, retire, export, import"}
	c.AddCommand(
		onData("list", "List the keys", 0, keysList),
		onData("rotate KEY", "Put a new key of the same kind in a key's place; what the old one signed stays valid", 1, keysRotate),
		newKeysRetire(), newKeysGenerate(), newKeysExport(), newKeysImport(),
	)
	c.Long = c.Short + `.

KEY is a key's id, or 6 characters or more of its beginning or end: so an id that begins
with a dash can be given without it.`
	return c
}

// onData makes a command that works on an open data directory.
func onData(use, short string, args int, do func(context.Context, *cobra.Command, *institution, []string) error) *cobra.Command {
	f := &dataFlags{}
	c := &cobra.Command{Use: use, Short: short, Args: exactly(args, fmt.Sprintf("%d argument(s)", args))}
	c.RunE = func(c *cobra.Command, args []string) error {
		in, err := f.open(c.Context(), c)
		if err != nil {
			return err
		}
		defer in.Close()
		return do(c.Context(), c, in, args)
	}
	f.add(c)
	return c
}

func keysList(_ context.Context, c *cobra.Command, in *institution, _ []string) error {
	signing := signingNow(in.ring)
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tALGORITHM\tCREATED\tSTATE")
	for _, k := range in.ring.List() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.Algorithm, k.Created.UTC().Format(time.DateOnly), keyState(k, signing[k.ID]))
	}
	return w.Flush()
}

// signingNow tells the keys that sign: of each purpose the newest in use.
func signingNow(ring *keys.Ring) map[string]bool {
	signing := map[string]bool{}
	for _, purpose := range [][]keys.Algorithm{
		{keys.Ed25519, keys.P256, keys.P384},       // embedded proofs
		{keys.RSA2048, keys.RSA3072, keys.RSA4096}, // tokens
	} {
		if k, err := ring.Active(purpose...); err == nil {
			signing[k.ID] = true
		}
	}
	return signing
}

func keyState(k keys.Key, signing bool) string {
	switch {
	case k.Revoked != nil:
		return "retired " + k.Revoked.UTC().Format(time.DateOnly)
	case k.NotAfter != nil:
		return "rotated " + k.NotAfter.UTC().Format(time.DateOnly) + ", still verifies"
	case signing:
		return "in use, signs now"
	}
	return "in use, not the newest"
}

// minPart is how much of a key's id names it.
const minPart = 6

// findKey returns the key with an id, or the only one whose id begins or ends so.
func findKey(ring *keys.Ring, name string) (keys.Key, error) {
	var found []keys.Key
	for _, k := range ring.List() {
		if k.ID == name {
			return k, nil
		}
		if len(name) >= minPart && (strings.HasPrefix(k.ID, name) || strings.HasSuffix(k.ID, name)) {
			found = append(found, k)
		}
	}
	switch len(found) {
	case 0:
		return keys.Key{}, fmt.Errorf("%w: %.50q; 'laurel keys list' names them", keys.ErrNotFound, name)
	case 1:
		return found[0], nil
	}
	return keys.Key{}, fmt.Errorf("%q names %d keys; give more of the id", name, len(found))
}

func keysRotate(_ context.Context, c *cobra.Command, in *institution, args []string) error {
	old, err := findKey(in.ring, args[0])
	if err != nil {
		return err
	}
	k, err := in.ring.Rotate(old.ID, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s now signs in place of %s, which still verifies what it signed.\n", k.ID, old.ID)
	return err
}

func newKeysGenerate() *cobra.Command {
	var kind string
	c := onData("generate", "Make a new signing key", 0, func(_ context.Context, c *cobra.Command, in *institution, _ []string) error {
		a, err := keys.ParseAlgorithm(kind)
		if err != nil {
			return usageError{err}
		}
		k, err := in.ring.Generate(a, time.Now())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), k.ID)
		return err
	})
	c.Flags().StringVar(&kind, "type", string(keys.Ed25519), fmt.Sprintf("kind of key: %v", keys.Algorithms()))
	return c
}

func newKeysExport() *cobra.Command {
	var format string
	var private bool
	c := onData("export KEY", "Write a key to standard output", 1, func(_ context.Context, c *cobra.Command, in *institution, args []string) error {
		raw, err := exportKey(in.ring, args[0], format, private)
		if err != nil {
			return err
		}
		_, err = c.OutOrStdout().Write(raw)
		return err
	})
	c.Flags().StringVar(&format, "format", "pem", "pem or jwk")
	c.Flags().BoolVar(&private, "private", false, "the private key, unsealed: whoever has it can issue in your name")
	return c
}

func exportKey(ring *keys.Ring, name, format string, private bool) ([]byte, error) {
	if format != "pem" && format != "jwk" {
		return nil, usageError{fmt.Errorf("the format %q is neither pem nor jwk", format)}
	}
	k, err := findKey(ring, name)
	if err != nil {
		return nil, err
	}
	if private && format == "pem" {
		return ring.ExportPrivatePEM(k.ID)
	}
	if private {
		return ring.ExportPrivateJWK(k.ID)
	}
	if format == "pem" {
		return keys.PEM(k.Public)
	}
	raw, err := keys.JWK(k.Public)
	return append(raw, '\n'), err
}

func newKeysImport() *cobra.Command {
	return onData("import FILE", "Take over a private key from a PEM or JWK file", 1, func(_ context.Context, c *cobra.Command, in *institution, args []string) error {
		raw, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		k, err := in.ring.Import(raw, time.Now())
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "%s\nThe file %s holds the key unsealed; delete it once you have no use for it.\n", k.ID, args[0])
		return err
	})
}
