package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"laurel/issuer"
)

func newAchievement() *cobra.Command {
	c := &cobra.Command{Use: "achievement", Short: "The catalogue: import, list, show"}
	c.AddCommand(
		onData("import FILE", "Add or replace achievements from a JSON file", 1, achievementImport),
		onData("list", "List the catalogue", 0, achievementList),
		onData("show KEY", "Show one achievement as JSON", 1, achievementShow),
	)
	return c
}

func achievementImport(ctx context.Context, c *cobra.Command, in *institution, args []string) error {
	raw, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	achievements, err := issuer.ParseCatalogue(raw, func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(args[0]), filepath.FromSlash(name)))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if err := in.Import(ctx, achievements); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	for _, a := range achievements {
		fmt.Fprintf(c.OutOrStdout(), "%s\t%s\n", a.Key, a.Class.Name)
	}
	return nil
}

func achievementList(ctx context.Context, c *cobra.Command, in *institution, _ []string) error {
	achievements, err := in.Achievements(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tNAME\tTYPE\tVALID")
	for _, a := range achievements {
		valid := "without end"
		if a.ValidMonths > 0 {
			valid = fmt.Sprintf("%d months", a.ValidMonths)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.Key, clean(a.Class.Name), a.Class.AchievementType, valid)
	}
	return w.Flush()
}

func achievementShow(ctx context.Context, c *cobra.Command, in *institution, args []string) error {
	raw, err := in.AchievementDocument(ctx, args[0])
	if err != nil {
		return fmt.Errorf("achievement %q: %w", args[0], err)
	}
	var indented any
	if err := json.Unmarshal(raw, &indented); err != nil {
		return err
	}
	enc := json.NewEncoder(c.OutOrStdout())
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(indented)
}
