package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"laurel/examples"
	"laurel/internal/results"
	"laurel/internal/web"
	"laurel/issuer"
	"laurel/keys"
	"laurel/registry"
	"laurel/verifier"
)

const (
	demoDir         = "laurel-demo"
	demoAchievement = "food-hygiene-level-2"
)

// makeDemo makes the data directory of a sample college, unless it is there. Its key file
// lies in it: a sample has nothing to lose.
func (f *serveFlags) makeDemo(ctx context.Context, c *cobra.Command) error {
	if _, err := os.Stat(f.path(configName)); err == nil {
		return nil
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	config := Config{Listen: f.listen, KeyFile: f.path("demo.key"), BaseURL: f.baseURL}
	if config.Listen == "" {
		config.Listen = defaultListen
	}
	if config.BaseURL == "" {
		_, port, err := net.SplitHostPort(config.Listen)
		if err != nil {
			return usageError{fmt.Errorf("--listen: %w", err)}
		}
		config.BaseURL = "http://localhost:" + port
	}
	if _, err := os.Stat(config.KeyFile); err != nil {
		if err := keys.GenerateKeyFile(config.KeyFile); err != nil {
			return err
		}
	}
	secret, err := config.secret(c)
	if err != nil {
		return err
	}
	in, err := create(ctx, f.dir, config, secret, issuer.Profile{
		Slug: "sample-college", Name: "Sample College", URL: "https://college.example",
		Description: "A sample institution that issues sample badges.",
	})
	if err != nil {
		return err
	}
	return in.Close()
}

// runDemo imports the samples, issues the badges, verifies one by its public link, and
// prints what a visitor would want to see.
func runDemo(ctx context.Context, c *cobra.Command, in *institution) error {
	achievements, err := issuer.ParseCatalogue(examples.Achievements, examples.Open)
	if err != nil {
		return err
	}
	if err := in.Import(ctx, achievements); err != nil {
		return err
	}
	table, err := results.Read(examples.Results, results.Options{Achievement: demoAchievement})
	if err != nil {
		return err
	}
	var earned []issuer.Result
	for _, row := range table.Rows {
		earned = append(earned, row.Result)
	}
	outcomes, err := in.Award(ctx, earned...)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return o.Err
		}
	}
	return showDemo(ctx, c, in, outcomes[0].Award, len(outcomes))
}

func showDemo(ctx context.Context, c *cobra.Command, in *institution, a issuer.Award, count int) error {
	profile, err := in.Profile(ctx)
	if err != nil {
		return err
	}
	achievement, err := in.Achievement(ctx, a.Result.Achievement)
	if err != nil {
		return err
	}
	share := in.ShareURL(a)
	v := verifier.New(verifier.Config{AllowPrivateNetwork: true, Registry: registry.Pinned(profile.ID)})
	report := v.VerifyURL(ctx, share, verifier.Request{At: time.Now()})
	out := c.OutOrStdout()
	fmt.Fprintf(out, "\n%s has issued %d badges. One of them, verified by its public link:\n\n", profile.Name, count)
	printReport(out, share, report)
	if report.Verdict != verifier.Valid {
		return fmt.Errorf("the badge just issued does not verify by its link")
	}
	fmt.Fprintf(out, `
  share link   %s
  learner's    %s
  verify page  %s/verify?url=%s
  LinkedIn     %s

Verify it yourself, in another terminal:

  %s verify --allow-private-network --trust %s %s

`, share, in.OwnerURL(a), in.Base(), url.QueryEscape(share), web.LinkedInURL(a, achievement.Class.Name, profile.Name, share),
		program(), profile.ID, share)
	return nil
}
