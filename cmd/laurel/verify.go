package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"laurel/internal/did"
	"laurel/internal/fetch"
	"laurel/internal/follow"
	"laurel/internal/repository"
	"laurel/internal/vc"
	"laurel/internal/web"
	"laurel/registry"
	"laurel/verifier"
)

type verifyFlags struct {
	data      dataFlags
	json      bool
	trust     []string
	registry  []string
	strict    bool
	witness   []string
	at        string
	recipient string
	challenge string
	domain    string
	offline   bool
	private   bool
	report    string
	limits    verifier.Limits
}

// add are the flags of every command that verifies.
func (f *verifyFlags) add(c *cobra.Command) {
	f.data.add(c)
	c.Flags().StringArrayVar(&f.trust, "trust", nil, "identifier of an issuer that you trust, for this run; may be repeated")
	c.Flags().StringArrayVar(&f.registry, "registry", nil, "registry to ask about issuers: folder of a copy, address or origin of one that 'laurel registry pull' brought, its root, for what bundles have of it, or a file that describes a registry of another kind (see docs/registry.md); may be repeated")
	c.Flags().BoolVar(&f.strict, "strict-time", false, "do not take an issuer's own word for when it issued, where its listing has ended since")
	c.Flags().StringArrayVar(&f.witness, "witness", nil, "did:key of who made a bundle, if you rely on what they saw; may be repeated")
	c.Flags().BoolVar(&f.offline, "offline", false, "open no connection")
	c.Flags().BoolVar(&f.private, "allow-private-network", false, "allow private addresses, and http to this machine: for development")
	addLimits(c, &f.limits)
}

// addLimits are the flags of what one verification may cost.
func addLimits(c *cobra.Command, l *verifier.Limits) {
	d := verifier.DefaultLimits
	c.Flags().IntVar(&l.Input, "max-file", d.Input, "bytes of a file, or of what stands behind a link; of a PNG or SVG at most 16 MiB")
	c.Flags().IntVar(&l.Document, "max-document", d.Document, "bytes of one credential")
	c.Flags().IntVar(&l.Depth, "max-depth", d.Depth, "nested objects and lists of one credential")
	c.Flags().IntVar(&l.Values, "max-values", d.Values, "values in one credential")
	c.Flags().IntVar(&l.Parts, "max-parts", d.Parts, "credentials within one document")
	c.Flags().IntVar(&l.Fetches, "max-fetches", d.Fetches, "requests for one verification")
	c.Flags().Int64Var(&l.Fetched, "max-fetched", d.Fetched, "bytes of all that is fetched for one verification")
	c.Flags().DurationVar(&l.Time, "max-time", d.Time, "time of one verification, fetching included")
}

func checkLimits(l verifier.Limits) error {
	if min(l.Input, l.Document, l.Depth, l.Values, l.Parts, l.Fetches) <= 0 || l.Fetched <= 0 || l.Time <= 0 {
		return errors.New("a limit (--max-…) must be greater than 0")
	}
	return nil
}

func newVerify() *cobra.Command {
	f := &verifyFlags{}
	c := &cobra.Command{
		Use:   "verify FILE-OR-URL-OR-DASH…",
		Short: "Verify badges, in whatever form they come",
		Long: `Verify badges: Open Badges 3.0 and 2.0, learner records, presentations and other Verifiable
Credentials, as JSON, JSON Web Token or SD-JWT; in a PNG, SVG, JPEG or PDF; the picture of
a QR code; a bundle; or a link to any of these. - reads standard input.

Several inputs, or a ZIP or CSV file of many, give a table; --report writes a signed report
on them. A CSV is a list of links alone, or has columns of links, headed link, badge or
credential, and one headed email or name to compare with. In the table TRUSTED is valid of a trusted
issuer, VALID is valid of an issuer whom nobody confirmed.

Exit status: 0 valid and trusted; 2 valid, but the issuer is not trusted by a registry
(or none was given); 1 invalid; 3 could not be decided; 64 wrong usage. With several
inputs the worst, in the order 1, 3, 2, 0.

If the data directory (--data) is of the issuer of a badge, its keys and status lists are
read from there and not from the network.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("name a file or a link, or - for standard input")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return f.run(c.Context(), c, args) },
	}
	f.add(c)
	c.Flags().BoolVar(&f.json, "json", false, "print the report as JSON, an array for several inputs")
	c.Flags().StringVar(&f.report, "report", "", "file for a signed report on what was verified: a credential of your own key")
	c.Flags().StringVar(&f.at, "at", "", "decide for this moment, such as 2026-01-02T03:04:05Z (default now)")
	c.Flags().StringVar(&f.recipient, "recipient", "", "e-mail address, name or identifier of the person who should have earned the badge")
	c.Flags().StringVar(&f.challenge, "challenge", "", "challenge that the holder of a presentation was given to sign")
	c.Flags().StringVar(&f.domain, "domain", "", "domain for which the holder of a presentation was asked to sign")
	return c
}

func (f *verifyFlags) run(ctx context.Context, c *cobra.Command, inputs []string) error {
	if err := f.check(ctx, c); err != nil {
		return usageError{err}
	}
	request := verifier.Request{Recipient: f.recipient, Challenge: f.challenge, Domain: f.domain}
	if c.Flags().Changed("at") {
		at, err := vc.ParseTime(f.at)
		if err != nil {
			return usageError{fmt.Errorf("--at: %w", err)}
		}
		request.At = at
	}
	if err := exist(inputs); err != nil {
		return usageError{err}
	}
	l := lot{flags: f, c: c}
	if f.report != "" { // before the data directory is open for verifying
		if err := writableNew(f.report); err != nil {
			return usageError{fmt.Errorf("--report: %w", err)}
		}
		key, err := f.data.witness(ctx, c)
		if err != nil {
			return err
		}
		l.key = key
	}
	f.hint(c, inputs)
	v, closeData, err := f.verifier(ctx, c)
	if err != nil {
		return err
	}
	defer closeData()
	l.v = v
	status, err := l.run(ctx, inputs, request)
	if err == nil && status != exitOK {
		err = exit(status)
	}
	return err
}

// check finds flags that would not do what the one who set them expects: a variable of a
// script that is empty, an identifier that nobody can have, a limit of nothing.
func (f *verifyFlags) check(ctx context.Context, c *cobra.Command) error {
	var err error
	for _, name := range []string{"at", "recipient", "challenge", "domain", "report", "out"} {
		if given := c.Flags().Lookup(name); given != nil && given.Changed && strings.TrimSpace(given.Value.String()) == "" {
			err = errors.Join(err, fmt.Errorf("--%s is empty; give it a value or leave it out", name))
		}
	}
	err = errors.Join(err, checkLimits(f.limits))
	for _, id := range f.trust {
		if !strings.HasPrefix(id, "did:") && !strings.HasPrefix(id, "urn:") && !isLink(id) {
			err = errors.Join(err, fmt.Errorf("--trust: %q is no identifier of an issuer, such as did:web:badges.college.example or https://…; a verification prints it", id))
		}
	}
	for _, id := range f.witness {
		if !isDIDKey(ctx, id) {
			err = errors.Join(err, fmt.Errorf("--witness: %q is not a did:key, as 'laurel bundle' prints it", id))
		}
	}
	return err
}

func isDIDKey(ctx context.Context, id string) bool {
	if !strings.HasPrefix(id, "did:key:") {
		return false
	}
	_, err := did.NewResolver(nil, false, nil).Resolve(ctx, id) // needs no connection
	return err == nil
}

// exist finds a mistyped name before anything is verified.
func exist(inputs []string) error {
	for _, input := range inputs {
		if input == "-" || isLink(input) {
			continue
		}
		switch about, err := os.Stat(input); {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("there is no file %q; an address begins with https://", input)
		case err != nil:
			return fmt.Errorf("%s: %w", input, plain(err))
		case about.IsDir():
			return fmt.Errorf("%s is a folder; name the files in it, such as %s", input, filepath.Join(input, "*.json"))
		}
	}
	return nil
}

// hint names the flag without which links to this machine or to a private network stay shut.
func (f *verifyFlags) hint(c *cobra.Command, inputs []string) {
	if f.private || f.data.opensUnasked() {
		return // which may have what the links lead to
	}
	for _, input := range inputs {
		if u, err := url.Parse(input); err == nil && isLink(input) && isLocal(u.Hostname()) {
			fmt.Fprintf(c.ErrOrStderr(), "laurel: %s is on this machine or on a private network; add --allow-private-network if it is yours\n", clean(u.Host))
			return
		}
	}
}

func isLocal(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (at.IsLoopback() || at.IsPrivate())
}

// verifier makes the verifier. A data directory that is there and can be opened without
// asking answers for its own issuer.
func (f *verifyFlags) verifier(ctx context.Context, c *cobra.Command) (*verifier.Verifier, func(), error) {
	config := verifier.Config{AllowPrivateNetwork: f.private, Offline: f.offline, Limits: f.limits, Witnesses: f.witness}
	if err := f.registries(ctx, c, &config); err != nil {
		return nil, nil, err
	}
	config.Policy.Strict = f.strict
	closeData := func() {}
	if f.data.opensUnasked() {
		if in, err := f.data.openAsIs(ctx, c); err == nil {
			config.Own, closeData = web.Own(in.Issuer), func() { in.Close() }
		} else {
			fmt.Fprintf(c.ErrOrStderr(), "laurel: not using %s: %s\n", f.data.dir, err)
		}
	}
	return verifier.New(config), closeData, nil
}

// registries settles whose word on issuers counts: the person's own, and registries, renewed
// where they are not fresh. Of a registry whose root alone is named, what a bundle has of it.
func (f *verifyFlags) registries(ctx context.Context, c *cobra.Command, config *verifier.Config) error {
	var sources registry.Sources
	if len(f.trust) > 0 {
		sources = registry.Pinned(f.trust...).Alone()
	}
	var roots []*repository.Root
	followers := map[string]*follow.Follower{}
	for _, name := range f.registry {
		if root, err := readRoot(name); err == nil {
			roots, sources = append(roots, root), append(sources, registry.Source{Name: root.Log.Origin})
			continue
		}
		if other, err := readForeign(name); err == nil {
			ask, err := other.asker(fetch.New(fetch.Options{AllowPrivateNetwork: f.private, Offline: f.offline}))
			if err != nil {
				return fmt.Errorf("--registry: %w", err)
			}
			config.Foreign = append(config.Foreign, ask)
			continue
		} else if !errors.Is(err, errNotForeign) {
			return fmt.Errorf("--registry: %w", err)
		}
		follower, err := openCopy(name)
		if err != nil {
			return fmt.Errorf("--registry: %w", err)
		}
		if err := renewed(ctx, c, follower, f.offline, f.private); err != nil {
			fmt.Fprintf(c.ErrOrStderr(), "laurel: the registry %s could not be asked: %s\n", follower.Name(), err)
		}
		followers[follower.Name()] = follower
		roots, sources = append(roots, follower.Root()), append(sources, follower.Source())
	}
	if len(sources) > 0 {
		config.Registries = func() registry.Sources { return sources }
		config.Bundled = follow.Bundled(roots...)
	}
	config.Evidence = func(name, entry string) ([]byte, error) {
		if follower := followers[name]; follower != nil {
			return follower.Evidence(entry)
		}
		return nil, nil
	}
	return nil
}

// readRoot reads a file that is the root of a registry.
func readRoot(path string) (*repository.Root, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return repository.ReadRoot(raw)
}

func isLink(input string) bool {
	return strings.HasPrefix(input, "https://") || strings.HasPrefix(input, "http://")
}

// maxFile is more than the verifier reads by default, so that it is the one to refuse.
const maxFile = 512 << 20

// readInput reads a file, or standard input for a dash.
func readInput(c *cobra.Command, input string) ([]byte, error) {
	if input == "-" {
		return io.ReadAll(io.LimitReader(c.InOrStdin(), maxFile))
	}
	f, err := os.Open(input)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile))
	return raw, plain(err)
}

// plain takes the name of the file and of the system's call off an error, where the name
// was said already.
func plain(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

func statusOf(r *verifier.Report) int {
	switch {
	case r.Verdict == verifier.Invalid:
		return exitFailed
	case r.Verdict != verifier.Valid:
		return exitIndeterminate
	case r.Trust.Status != verifier.Trusted:
		return exitUntrusted
	}
	return exitOK
}

var marks = map[string]string{"pass": "✓", "fail": "✗", "warn": "!", "skip": "–"}

// printReport says first whether to rely on the badge, then why.
func printReport(w io.Writer, input string, r *verifier.Report) {
	printPart(w, clean(input), r, "")
}

func printPart(w io.Writer, title string, r *verifier.Report, indent string) {
	fmt.Fprintf(w, "%s%s: %s\n", indent, title, headline(r))
	if c := r.Credential; c != nil {
		printCredential(w, c, indent)
	}
	if p := r.Presentation; p != nil && p.Holder != "" {
		fmt.Fprintf(w, "%s  presented by %s\n", indent, clean(p.Holder))
	}
	for _, check := range r.Checks {
		fmt.Fprintf(w, "%s  %s %-12s %s\n", indent, marks[check.Status], check.ID, clean(check.Message))
	}
	for _, part := range r.Parts {
		printPart(w, part.Role, part.Report, indent+"    ")
	}
}

func printCredential(w io.Writer, c *verifier.Credential, indent string) {
	by := clean(c.Issuer.ID)
	if name := clean(c.Issuer.Name); name != "" {
		by = name + " (" + by + ")"
	}
	fmt.Fprintf(w, "%s  %s\n%s  issued by %s", indent, clean(nameOf(c)), indent, by)
	if t, err := time.Parse(time.RFC3339, c.ValidFrom); err == nil {
		fmt.Fprintf(w, " on %s", t.Format("2 January 2006"))
	}
	fmt.Fprintln(w)
	if e := c.Endorsement; e != nil && e.Comment != "" {
		fmt.Fprintf(w, "%s  says of %s: %s\n", indent, clean(e.Of), clean(e.Comment))
	}
}

// nameOf is what was earned, or the name that another credential has.
func nameOf(c *verifier.Credential) string {
	if c.Achievement != nil {
		return c.Achievement.Name
	}
	return c.Name
}

func headline(r *verifier.Report) string {
	switch {
	case r.Verdict == verifier.Invalid:
		return "INVALID. Do not rely on it. " + clean(r.Deciding().Message)
	case r.Verdict != verifier.Valid:
		return "COULD NOT BE DECIDED. Do not rely on it yet. " + clean(r.Deciding().Message)
	case r.Trust.Status == verifier.Trusted:
		return "VALID" + asOf(r) + ", and the issuer is trusted (" + clean(r.Trust.Registry) + ")."
	}
	return "VALID" + asOf(r) + ", but nobody has confirmed who the issuer is."
}

// asOf says from when the documents of a bundle are.
func asOf(r *verifier.Report) string {
	if r.AsOf == "" {
		return ""
	}
	return " as of " + r.AsOf
}

// clean takes out what a terminal would obey, and the marks that turn text around.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return '\ufffd'
		}
		return r
	}, s)
}
