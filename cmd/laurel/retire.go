package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"

	"github.com/spf13/cobra"

	"laurel/issuer"
)

func newKeysRetire() *cobra.Command {
	var yes bool
	c := onData("retire KEY", "Withdraw a key for good; everything it ever signed becomes invalid", 1, func(ctx context.Context, c *cobra.Command, in *institution, args []string) error {
		k, err := findKey(in.ring, args[0])
		if err != nil {
			return err
		}
		if !yes && !k.Active() {
			count, err := in.signedWith(ctx, k.ID)
			if err != nil {
				return err
			}
			return usageError{fmt.Errorf("%s signed badges of %d awards, which no verifier will accept any more; nothing brings them back. Repeat the command with --yes if you mean it", k.ID, count)}
		}
		if err := in.RetireKey(ctx, k.ID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "%s is retired; nothing that it signed verifies any more.\n", k.ID)
		return err
	})
	c.Flags().BoolVar(&yes, "yes", false, "do it; without, only the number of awards is said")
	return c
}

// signedWith counts the awards whose credential or token a key signed.
func (in *institution) signedWith(ctx context.Context, key string) (count int, err error) {
	method := []byte("#" + key + `"`)
	err = in.each(ctx, func(listed issuer.Award) error {
		a, err := in.Find(ctx, listed.ID)
		if err != nil {
			return err
		}
		header, _, _ := bytes.Cut(a.Token, []byte("."))
		if header, err = base64.RawURLEncoding.AppendDecode(nil, header); err != nil {
			return fmt.Errorf("the token of award %s: %w", a.ID, err)
		}
		if bytes.Contains(a.Credential, method) || bytes.Contains(header, method) {
			count++
		}
		return nil
	})
	return count, err
}
