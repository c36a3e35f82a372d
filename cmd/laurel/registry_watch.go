package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/follow"
	"laurel/internal/registrar"
	"laurel/registry"
)

// onCopy makes a command that works on a copy with the whole log.
func onCopy(use, short, long string, args cobra.PositionalArgs, do func(context.Context, *cobra.Command, *follow.Follower, []string) error) *cobra.Command {
	f := &copyFlags{}
	c := &cobra.Command{Use: use, Short: short, Long: long, Args: args}
	c.RunE = func(c *cobra.Command, args []string) error {
		follower, err := openCopy(f.from)
		if err != nil {
			return err
		}
		err = do(c.Context(), c, follower, args)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the copy of %s does not have the whole log; bring it with 'laurel registry pull --mirror'", follower.Name())
		}
		return err
	}
	c.Flags().StringVar(&f.from, "registry", "", "folder of a copy, or the address or origin of a registry that was pulled with --mirror (default the one there is)")
	return c
}

func newRegistryAudit() *cobra.Command {
	return onCopy("audit", "Make the operator's lists again from the log, and compare", `Make the operator's lists again from the log alone, and demand that they are what is published.
The copy must have been pulled with --mirror.`, exactly(0, "no argument"), func(ctx context.Context, c *cobra.Command, f *follow.Follower, _ []string) error {
		state, err := f.State()
		if err != nil {
			return err
		}
		if err := registrar.Audit(ctx, f.Public(), state); err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "%s\tversion %d is what its log says\n", f.Name(), state.Snapshot.Version)
		return err
	})
}

func newRegistryReport() *cobra.Command {
	return onCopy("report MONTH", "Compute the report of a month, such as 2026-11, from the log alone", "", exactly(1, "a month"),
		func(ctx context.Context, c *cobra.Command, f *follow.Follower, args []string) error {
			if _, err := time.Parse("2006-01", args[0]); err != nil {
				return usageError{fmt.Errorf("%.40q is not a month such as 2026-11", args[0])}
			}
			m, err := registrar.Monthly(ctx, f.Public(), args[0])
			if err != nil {
				return err
			}
			text, err := json.MarshalIndent(m, "", "  ")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), string(text))
			return err
		})
}

func newRegistryDraw() *cobra.Command {
	count := 0
	c := onCopy("draw MONTH", "Draw institutions for inspection, as anybody can again", `Draw institutions with a grant of the registry in force for inspection in a month. The seed is the root
of the log at the month's begin, so that whoever has the log draws the same.`, exactly(1, "a month"),
		func(ctx context.Context, c *cobra.Command, f *follow.Follower, args []string) error {
			if count < 1 {
				return usageError{errors.New("--count is 1 or more")}
			}
			seed, err := registrar.Seed(ctx, f.Public(), args[0])
			if err != nil {
				return err
			}
			candidates, err := candidates(f, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(c.ErrOrStderr(), "seed %s and the month; %d candidates\n", base64.StdEncoding.EncodeToString(seed[:]), len(candidates))
			for _, id := range registry.Draw([sha256.Size]byte(seed), args[0], candidates, count) {
				fmt.Fprintln(c.OutOrStdout(), id)
			}
			return nil
		})
	c.Flags().IntVar(&count, "count", 1, "how many")
	return c
}

// candidates are those whom the registry granted something that is in force as the month
// begins.
func candidates(f *follow.Follower, month string) (ids []string, err error) {
	begin, err := time.Parse("2006-01", month)
	if err != nil {
		return nil, usageError{fmt.Errorf("%.40q is not a month such as 2026-11", month)}
	}
	s := f.Source().Snapshot
	if s == nil {
		return nil, errors.New("nothing of the registry was accepted yet; 'laurel registry pull' brings it")
	}
	for e := range s.Entries() {
		for _, g := range e.Grants {
			if g.By == registry.ByRegistry && g.Holds(begin) {
				ids = append(ids, e.ID)
				break
			}
		}
	}
	return ids, nil
}
