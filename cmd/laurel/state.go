package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laurel/issuer"
)

// newStateChange makes the command that moves an award from state to state.
func newStateChange(verb, short string) *cobra.Command {
	var reason string
	c := onData(verb+" AWARD", short, 1, func(ctx context.Context, c *cobra.Command, in *institution, args []string) error {
		if strings.TrimSpace(reason) == "" {
			return usageError{fmt.Errorf("a reason is needed: --reason TEXT")}
		}
		a, err := in.named(ctx, args[0])
		if err != nil {
			return err
		}
		if verb == "revoke" && a.State == issuer.Revoked {
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s was revoked already, on %s\n", a.ID, a.ChangedAt.UTC().Format(time.DateOnly))
			return err
		}
		change := map[string]func(context.Context, string, string) (issuer.Award, error){
			"revoke": in.Revoke, "suspend": in.Suspend, "reinstate": in.Reinstate,
		}[verb]
		if a, err = change(ctx, a.ID, reason); err != nil {
			return err
		}
		outcome := "is " + string(a.State)
		if verb == "reinstate" {
			outcome = "counts again"
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "%s %s\n", a.ID, outcome)
		return err
	})
	c.Long = short + ". " + awardNames
	c.Flags().StringVar(&reason, "reason", "", "why; kept with the award, not published (needed)")
	return c
}
