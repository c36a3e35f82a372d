package main

import (
	"context"
	"fmt"
	"os"
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
		onData("retire KEY", "Withdraw a key for good; everything it ever signed becomes invalid", 1, keysRetire),
		newKeysGenerate(), newKeysExport(), newKeysImport(),
	)
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
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tALGORITHM\tCREATED\tSTATE")
	for _, k := range in.ring.List() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.Algorithm, k.Created.UTC().Format(time.DateOnly), keyState(k))
	}
	return w.Flush()
}

func keyState(k keys.Key) string {
	switch {
	case k.Revoked != nil:
		return "retired " + k.Revoked.UTC().Format(time.DateOnly)
	case k.NotAfter != nil:
		return "rotated " + k.NotAfter.UTC().Format(time.DateOnly) + ", still verifies"
	}
	return "in use"
}

func keysRotate(_ context.Context, c *cobra.Command, in *institution, args []string) error {
	k, err := in.ring.Rotate(args[0], time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s now signs in place of %s, which still verifies what it signed.\n", k.ID, args[0])
	return err
}

func keysRetire(ctx context.Context, c *cobra.Command, in *institution, args []string) error {
	if err := in.RetireKey(ctx, args[0]); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s is retired; nothing that it signed verifies any more.\n", args[0])
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

func exportKey(ring *keys.Ring, id, format string, private bool) ([]byte, error) {
	if format != "pem" && format != "jwk" {
		return nil, usageError{fmt.Errorf("the format %q is neither pem nor jwk", format)}
	}
	if private && format == "pem" {
		return ring.ExportPrivatePEM(id)
	}
	if private {
		return ring.ExportPrivateJWK(id)
	}
	for _, k := range ring.List() {
		if k.ID != id {
			continue
		}
		if format == "pem" {
			return keys.PEM(k.Public)
		}
		raw, err := keys.JWK(k.Public)
		return append(raw, '\n'), err
	}
	return nil, fmt.Errorf("%w: %s", keys.ErrNotFound, id)
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
