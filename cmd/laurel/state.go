package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"laurel/issuer"
)

// newStateChange makes the command that moves an award from state to state.
func newStateChange(verb, short string) *cobra.Command {
	var reason string
	c := onData(verb+" AWARD", short, 1, func(ctx context.Context, c *cobra.Command, in *institution, args []string) error {
		if reason == "" {
			return usageError{fmt.Errorf("a reason is needed: --reason TEXT")}
		}
		a, err := in.Find(ctx, args[0])
		if err != nil {
			return fmt.Errorf("award %q: %w; name it by its id, its credential's id or its share link", args[0], err)
		}
		change := map[string]func(context.Context, string, string) (issuer.Award, error){
			"revoke": in.Revoke, "suspend": in.Suspend, "reinstate": in.Reinstate,
		}[verb]
		if a, err = change(ctx, a.ID, reason); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "%s is %s\n", a.ID, a.State)
		return err
	})
	c.Long = short + ". AWARD is the award's id, its credential's id or its share link."
	c.Flags().StringVar(&reason, "reason", "", "why; kept with the award, not published")
	return c
}
