package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"laurel/issuer"
)

func newToken() *cobra.Command {
	c := &cobra.Command{Use: "token", Short: "Access tokens of the management API: create, list, remove"}
	var label string
	create := onData("create", "Make a token; it is shown once", 0, func(ctx context.Context, c *cobra.Command, in *institution, _ []string) error {
		token, _, err := in.NewAccessToken(ctx, label)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), token)
		return err
	})
	create.Flags().StringVar(&label, "label", "", "who or what will use it")
	c.AddCommand(create,
		onData("list", "List the tokens by id and label", 0, tokenList),
		onData("remove ID", "End a token", 1, func(ctx context.Context, _ *cobra.Command, in *institution, args []string) error {
			err := in.RemoveAccessToken(ctx, args[0])
			if errors.Is(err, issuer.ErrNotFound) {
				err = fmt.Errorf("no token with the id %s; see 'laurel token list'", clean(args[0]))
			}
			return err
		}))
	return c
}

func tokenList(ctx context.Context, c *cobra.Command, in *institution, _ []string) error {
	tokens, err := in.AccessTokens(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tCREATED\tLABEL")
	for _, t := range tokens {
		fmt.Fprintf(w, "%s\t%s\t%s\n", t.ID, t.Created.UTC().Format(time.DateOnly), clean(t.Label))
	}
	return w.Flush()
}
