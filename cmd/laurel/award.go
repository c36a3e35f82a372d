package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/bake"
	"laurel/internal/strictjson"
	"laurel/issuer"
)

func newAward() *cobra.Command {
	c := &cobra.Command{Use: "award", Short: "The awards: list, show"}
	show := onData("show AWARD", "Show one award", 1, awardShow)
	show.Long = "Show one award. " + awardNames
	c.AddCommand(newAwardList(), show)
	return c
}

// awardNames says what AWARD may be.
const awardNames = `AWARD is the award's id, the credential id that its page and LinkedIn
show, the assessment's key, the credential's id, the share link, or a badge file (.json, .jwt, .png or .svg), whose
credential's id is read and nothing else: the file is not verified.`

func newAwardList() *cobra.Command {
	var achievement, email, key string
	c := onData("list", "List awards, one a line", 0, func(ctx context.Context, c *cobra.Command, in *institution, _ []string) error {
		return in.each(ctx, func(a issuer.Award) error {
			r := a.Result
			if achievement != "" && r.Achievement != achievement || email != "" && !strings.EqualFold(r.Email, email) || key != "" && r.Key != key {
				return nil
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "%s\t%s\t%s\t%s\t%s\t%s\n",
				a.ID, in.standing(a), clean(r.Key), clean(r.Achievement), r.AwardedAt.UTC().Format(time.DateOnly), in.ShareURL(a))
			return err
		})
	})
	c.Long = `List awards, one a line: id, state, assessment's key, achievement, date of the award and
share link, with tabs between them. The state key-withdrawn is that of an award which was not
revoked and whose key was retired, so that no verifier accepts it any more.`
	c.Flags().StringVar(&achievement, "achievement", "", "only those of this achievement")
	c.Flags().StringVar(&email, "email", "", "only those of the learner with this e-mail address")
	c.Flags().StringVar(&key, "key", "", "only the one of the assessment with this key")
	return c
}

// standing is an award's state, unless its key ended it.
func (in *institution) standing(a issuer.Award) string {
	if a.State != issuer.Revoked && in.KeyWithdrawn(a) {
		return "key-withdrawn"
	}
	return string(a.State)
}

// each goes through all awards, without their credentials.
func (in *institution) each(ctx context.Context, do func(issuer.Award) error) error {
	const page = 500
	for after := ""; ; {
		awards, err := in.Awards(ctx, after, page)
		if err != nil || len(awards) == 0 {
			return err
		}
		for _, a := range awards {
			if err := do(a); err != nil {
				return err
			}
		}
		after = awards[len(awards)-1].ID
	}
}

func awardShow(ctx context.Context, c *cobra.Command, in *institution, args []string) error {
	a, err := in.named(ctx, args[0])
	if err != nil {
		return err
	}
	state := string(a.State)
	if in.KeyWithdrawn(a) {
		state += ", signed with a key that was retired"
	}
	lines := [][2]string{
		{"award", a.ID}, {"credential", a.CredentialID()}, {"state", state}, {"reason", a.Reason},
		{"assessment", a.Result.Key}, {"achievement", a.Result.Achievement},
		{"e-mail", a.Result.Email}, {"name", a.Result.Name}, {"awarded", a.Result.AwardedAt.UTC().Format(time.RFC3339)},
	}
	if until := a.ValidUntil(); until != nil {
		lines = append(lines, [2]string{"valid until", until.UTC().Format(time.RFC3339)})
	}
	lines = append(lines, [2]string{"share link", in.ShareURL(a)}, [2]string{"learner's", in.OwnerURL(a)})
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	for _, line := range lines {
		if line[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", line[0], clean(line[1]))
		}
	}
	return w.Flush()
}

// named returns the award that a person names.
func (in *institution) named(ctx context.Context, name string) (issuer.Award, error) {
	a, err := in.Find(ctx, name)
	if !errors.Is(err, issuer.ErrNotFound) {
		return a, err
	}
	if slices.Contains([]string{".json", ".jwt", ".png", ".svg"}, strings.ToLower(filepath.Ext(name))) {
		id, err := credentialID(name)
		if err != nil {
			return a, err
		}
		if a, err = in.Find(ctx, id); !errors.Is(err, issuer.ErrNotFound) {
			return a, err
		}
		return a, fmt.Errorf("%s holds the credential %.100s, which is none of this data directory's", name, clean(id))
	}
	return a, fmt.Errorf("award %q: %w; name it by its id, the credential id on its page, its assessment's key, its share link or a badge file; 'laurel award list' names all", name, err)
}

// credentialID reads from a badge file what its credential is called, on its own word.
func credentialID(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return "", err
	}
	if bake.Detect(raw) != bake.Other {
		payload, err := unbake(raw)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		raw = payload.Bytes
	}
	member := "id"
	if raw = bytes.TrimSpace(raw); !bytes.HasPrefix(raw, []byte("{")) {
		member = "jti"
		parts := bytes.Split(raw, []byte("."))
		if len(parts) != 3 {
			return "", fmt.Errorf("%s holds no badge", path)
		}
		if raw, err = base64.RawURLEncoding.DecodeString(string(parts[1])); err != nil {
			return "", fmt.Errorf("%s holds no badge", path)
		}
	}
	tree, err := strictjson.ParseObject(raw, strictjson.Limits{})
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	id, _ := tree[member].(string)
	if id == "" {
		return "", fmt.Errorf("%s names no credential", path)
	}
	return id, nil
}
