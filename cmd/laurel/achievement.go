package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	if raw, err = plainUTF8(raw); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	folder, err := os.OpenRoot(filepath.Dir(args[0]))
	if err != nil {
		return err
	}
	defer folder.Close()
	achievements, err := issuer.ParseCatalogue(raw, func(name string) ([]byte, error) { return readPicture(folder, name) })
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

// plainUTF8 takes off the byte order mark that some editors write.
func plainUTF8(raw []byte) ([]byte, error) {
	head := raw[:min(len(raw), 2)]
	if bytes.Equal(head, []byte{0xff, 0xfe}) || bytes.Equal(head, []byte{0xfe, 0xff}) || bytes.IndexByte(head, 0) >= 0 {
		return nil, errors.New("the catalogue is UTF-16; save it as UTF-8")
	}
	return bytes.TrimPrefix(raw, []byte("\ufeff")), nil
}

const maxPicture = 1 << 20 // bytes

// readPicture reads a picture beside the catalogue, and nothing from elsewhere: what a
// catalogue names is published.
func readPicture(folder *os.Root, name string) ([]byte, error) {
	name = filepath.FromSlash(name)
	info, err := folder.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("pictures are read from the catalogue's own folder only: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the picture %s is not a plain file", name)
	}
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxPicture+1))
	if err == nil && len(raw) > maxPicture {
		err = fmt.Errorf("the picture %s is larger than 1 MiB", name)
	}
	return raw, err
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
