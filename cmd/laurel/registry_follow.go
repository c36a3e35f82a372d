package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/fetch"
	"laurel/internal/follow"
	"laurel/internal/repository"
	"laurel/registry"
)

// copyFlags are the flags of commands that ask a copy of a registry.
type copyFlags struct {
	from    string // folder, address or origin
	private bool
	offline bool
}

func (f *copyFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.from, "registry", "", "folder of a copy, or the address or origin of a registry that was pulled (default the one there is)")
	c.Flags().BoolVar(&f.private, "allow-private-network", false, "allow addresses of private networks, and http on this machine")
	c.Flags().BoolVar(&f.offline, "offline", false, "open no connection; use the copy as it is")
}

// copiesFolder is where copies of registries lie, unless a folder is named.
func copiesFolder() (string, error) {
	home, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no folder in which to keep copies of registries: %w", err)
	}
	return filepath.Join(home, "laurel", "registries"), nil
}

// folderOf is where the copy of the registry of an origin lies.
func folderOf(origin string) (string, error) {
	folder, err := copiesFolder()
	return filepath.Join(folder, strings.NewReplacer("/", "_", ":", "_").Replace(origin)), err
}

// openCopy finds a copy by its folder, address or origin; without a name the only one.
func openCopy(name string) (*follow.Follower, error) {
	if name != "" {
		if f, err := follow.Reopen(name); err == nil || !errors.Is(err, follow.ErrNotFollowed) {
			return f, err
		}
	}
	folder, err := copiesFolder()
	if err != nil {
		return nil, err
	}
	list, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found []*follow.Follower
	for _, d := range list {
		f, err := follow.Reopen(filepath.Join(folder, d.Name()))
		if errors.Is(err, follow.ErrNotFollowed) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(folder, d.Name()), err)
		}
		if name == "" || f.Name() == name || strings.TrimSuffix(f.Address(), "/") == strings.TrimSuffix(name, "/") {
			found = append(found, f)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, errors.New("several registries are followed; name one with --registry")
	case name == "":
		return nil, errors.New("no registry is followed yet; get its root from somebody you trust, and 'laurel registry pull ADDRESS --root FILE'")
	}
	return nil, fmt.Errorf("%.80s is not a registry that is followed here; 'laurel registry pull ADDRESS --root FILE' begins to", name)
}

// renewed brings a copy up to date where it is not fresh, and warns where that fails.
func renewed(ctx context.Context, c *cobra.Command, f *follow.Follower, offline, private bool) error {
	source := f.Source()
	if offline || f.Address() == "" || source.Snapshot != nil && source.Snapshot.FreshnessAt(time.Now()) == registry.Fresh {
		return nil
	}
	err := renew(ctx, f, f.Address(), private, repository.Options{})
	if err == nil || source.Snapshot == nil {
		return err
	}
	// The last version that was accepted stands until it expires.
	fmt.Fprintf(c.ErrOrStderr(), "laurel: the copy of %s could not be renewed: %s\n", f.Name(), err)
	return nil
}

func renew(ctx context.Context, f *follow.Follower, address string, private bool, o repository.Options) error {
	o.Now = time.Now()
	client := fetch.New(fetch.Options{AllowPrivateNetwork: private, CacheBytes: -1})
	return f.RenewFrom(ctx, address, client, o)
}

type pullFlags struct {
	root, dir string
	maxAge    time.Duration
	witnessed bool
	mirror    bool
	private   bool
}

func newRegistryPull() *cobra.Command {
	f := &pullFlags{}
	c := &cobra.Command{
		Use:   "pull [ADDRESS-OR-FOLDER]",
		Short: "Follow a registry: bring its newest version, and believe only what its roles signed",
		Long: `Follow a registry: bring its newest version from an https address or from a folder, such as a
stick that was carried here, and believe only what the holders of its roles signed.

Trust begins with the root, a small file that you got from somebody you trust and name with
--root the first time. A copy is itself a registry to pull from: serve its folder "public",
with --mirror the whole log too. Without an address every registry that is followed is
brought up to date.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{errors.New("one address or folder")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return f.run(c.Context(), c, args) },
	}
	c.Flags().StringVar(&f.root, "root", "", "the registry's root, to begin with")
	c.Flags().StringVar(&f.dir, "dir", "", "folder of the copy (default in your own configuration folder)")
	c.Flags().DurationVar(&f.maxAge, "max-age", 0, "take a version whose timestamp ran out no longer ago than this, such as 720h: for machines without network")
	c.Flags().BoolVar(&f.witnessed, "require-witnesses", false, "take no version that fewer witnesses saw than the root asks for")
	c.Flags().BoolVar(&f.mirror, "mirror", false, "bring the whole log, so that the copy can be published")
	c.Flags().BoolVar(&f.private, "allow-private-network", false, "allow addresses of private networks, and http on this machine")
	return c
}

func (f *pullFlags) run(ctx context.Context, c *cobra.Command, args []string) error {
	o := repository.Options{MaxAge: f.maxAge, RequireWitnesses: f.witnessed, Mirror: f.mirror}
	if f.root != "" && len(args) == 1 {
		follower, err := f.begin(args[0])
		if err != nil {
			return err
		}
		return pulled(ctx, c, follower, args[0], f.private, o)
	}
	if f.root != "" {
		return usageError{errors.New("--root needs the address or folder of the registry")}
	}
	if len(args) == 1 || f.dir != "" {
		follower, address, err := f.known(strings.Join(args, ""))
		if err != nil {
			return err
		}
		return pulled(ctx, c, follower, address, f.private, o)
	}
	return f.all(ctx, c, o)
}

// known finds the copy of a registry that is followed, and from where to renew it: a folder that
// was carried here says by its log which registry it is.
func (f *pullFlags) known(source string) (*follow.Follower, string, error) {
	name := cmp.Or(f.dir, source)
	if note, err := os.ReadFile(filepath.Join(source, "checkpoint")); source != "" && err == nil && f.dir == "" {
		name, _, _ = strings.Cut(string(note), "\n")
	}
	follower, err := openCopy(name)
	if err != nil {
		return nil, "", err
	}
	if source == "" || source == follower.Name() {
		source = follower.Address()
	}
	return follower, source, nil
}

func (f *pullFlags) begin(address string) (*follow.Follower, error) {
	root, err := os.ReadFile(f.root)
	if err != nil {
		return nil, fmt.Errorf("--root: %w", plain(err))
	}
	trusted, err := repository.ReadRoot(root)
	if err != nil {
		return nil, fmt.Errorf("--root: %w", err)
	}
	dir := f.dir
	if dir == "" {
		if dir, err = folderOf(trusted.Log.Origin); err != nil {
			return nil, err
		}
	}
	if !strings.Contains(address, "://") {
		if address, err = filepath.Abs(address); err != nil {
			return nil, err
		}
	}
	return follow.Begin(dir, root, address)
}

func pulled(ctx context.Context, c *cobra.Command, f *follow.Follower, address string, private bool, o repository.Options) error {
	if err := renew(ctx, f, address, private, o); err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	return describeCopy(c, f)
}

func describeCopy(c *cobra.Command, f *follow.Follower) error {
	s := f.Source().Snapshot
	state, err := f.State()
	if err != nil {
		return err
	}
	watched := "unwitnessed"
	if s.Witnesses > 0 {
		watched = fmt.Sprintf("seen by %d witnesses", s.Witnesses)
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s\tversion %d, %d institutions, issued %s, %s until %s, %s\n", f.Name(), s.Version, s.Len(), s.Issued.Format(time.RFC3339),
		s.FreshnessAt(time.Now()), state.Timestamp.Expires.Format(time.RFC3339), watched)
	return err
}

func (f *pullFlags) all(ctx context.Context, c *cobra.Command, o repository.Options) error {
	folder, err := copiesFolder()
	if err != nil {
		return err
	}
	list, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(list) == 0 {
		return usageError{errors.New("no registry is followed yet; name one, and its root with --root")}
	}
	for _, d := range list {
		follower, openErr := follow.Reopen(filepath.Join(folder, d.Name()))
		if openErr == nil {
			openErr = pulled(ctx, c, follower, follower.Address(), f.private, o)
		}
		err = errors.Join(err, openErr)
	}
	return err
}

type registryListFlags struct {
	copyFlags
	search, country, status string
	level                   int
	json                    bool
}

func newRegistryList() *cobra.Command {
	f := &registryListFlags{}
	c := &cobra.Command{
		Use:   "list",
		Short: "List the institutions of a registry",
		Args:  exactly(0, "no argument"),
		RunE:  func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c) },
	}
	f.add(c)
	c.Flags().StringVar(&f.search, "search", "", "words of a name, or an identifier; accents do not matter")
	c.Flags().StringVar(&f.country, "country", "", "country, such as ES")
	c.Flags().IntVar(&f.level, "eqf", 0, "level of the European Qualifications Framework")
	c.Flags().StringVar(&f.status, "status", "", "in_force, ended, suspended, withdrawn, revoked or blacklisted")
	c.Flags().BoolVar(&f.json, "json", false, "print one entry a line as JSON")
	return c
}

func (f *registryListFlags) run(ctx context.Context, c *cobra.Command) error {
	follower, err := openCopy(f.from)
	if err != nil {
		return err
	}
	if err := renewed(ctx, c, follower, f.offline, f.private); err != nil {
		return err
	}
	s := follower.Source().Snapshot
	if s == nil {
		return errors.New("nothing of the registry was accepted yet; 'laurel registry pull' brings it")
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	if !f.json {
		fmt.Fprintln(w, "ID\tNAME\tCOUNTRY\tSTATUS")
	}
	now := time.Now()
	for e := range s.Search(registry.Filter{Text: f.search, Country: f.country, Level: f.level, Status: f.status, Now: now}) {
		if f.json {
			line, err := e.Line()
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s\n", line)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", strings.TrimPrefix(e.ID, registry.EntityPrefix), clean(e.Name()), strings.Join(e.Countries, ","), e.StateAt(now))
	}
	return w.Flush()
}

type checkFlags struct {
	copyFlags
	query    registry.Query
	keys     []string
	at, when string
	json     bool
	strict   bool
}

func newRegistryCheck() *cobra.Command {
	f := &checkFlags{}
	c := &cobra.Command{
		Use:   "check ISSUER",
		Short: "Ask whether an issuer is trusted, for what, and when",
		Long: `Ask whether an issuer, such as did:web:college.example, is trusted for an award, and why.

Exit status: 0 trusted; 2 not trusted; 3 could not be decided; 64 wrong usage.`,
		Args: exactly(1, "an issuer"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c.Context(), c, args[0]) },
	}
	f.add(c)
	c.Flags().StringVar(&f.query.Award, "award", "", "degree or microcredential")
	c.Flags().IntVar(&f.query.Level, "eqf", 0, "level of the European Qualifications Framework")
	c.Flags().StringSliceVar(&f.query.Programmes, "programme", nil, "identifier of the programme, as scheme:value")
	c.Flags().StringVar(&f.query.ISCED, "isced", "", "code of the field of study")
	c.Flags().StringVar(&f.query.Jurisdiction, "country", "", "country in which it is awarded")
	c.Flags().StringSliceVar(&f.keys, "key", nil, "thumbprint of the key that signed (default any that is pinned)")
	c.Flags().StringVar(&f.when, "issued", "", "when it was issued (default now)")
	c.Flags().StringVar(&f.at, "at", "", "moment for which to decide (default now)")
	c.Flags().BoolVar(&f.strict, "strict", false, "do not take the issuer's own word for the time of what ended since")
	c.Flags().BoolVar(&f.json, "json", false, "print the answer as JSON")
	return c
}

func (f *checkFlags) run(ctx context.Context, c *cobra.Command, issuer string) error {
	q, err := f.ask(issuer)
	if err != nil {
		return usageError{err}
	}
	follower, err := openCopy(f.from)
	if err != nil {
		return err
	}
	if err := renewed(ctx, c, follower, f.offline, f.private); err != nil {
		return err
	}
	source := follower.Source()
	if len(q.Keys) == 0 && source.Snapshot != nil {
		q.Keys = source.Snapshot.KeysOf(issuer, q.IssuedAt)
	}
	verdict := registry.Sources{source}.Decide(q)
	if err := f.tell(c, &verdict); err != nil {
		return err
	}
	switch {
	case verdict.Summary.Positive():
		return nil
	case verdict.Summary == registry.Indeterminate:
		return exit(exitIndeterminate)
	}
	return exit(exitUntrusted)
}

func (f *checkFlags) ask(issuer string) (registry.Query, error) {
	q := f.query
	q.Issuer, q.Keys, q.Policy.Strict = issuer, f.keys, f.strict
	q.Now = time.Now()
	q.Asked = q.Now
	var err error
	if f.at != "" {
		if q.Now, err = parseMoment(f.at); err != nil {
			return q, fmt.Errorf("--at: %w", err)
		}
	}
	if q.IssuedAt = q.Now; f.when != "" {
		if q.IssuedAt, err = parseMoment(f.when); err != nil {
			return q, fmt.Errorf("--issued: %w", err)
		}
	}
	if q.Award != "" && q.Award != registry.Degree && q.Award != registry.Microcredential {
		return q, fmt.Errorf("--award is %s or %s", registry.Degree, registry.Microcredential)
	}
	return q, nil
}

func (f *checkFlags) tell(c *cobra.Command, v *registry.Verdict) error {
	a := v.Answer()
	if f.json {
		text, err := json.MarshalIndent(a, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), string(text))
		return err
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\n", strings.ToUpper(a.Summary.String()), cmp.Or(v.Reasons.Text(), "nothing stands against it"))
	fmt.Fprintf(w, "institution\t%s %s\n", cmp.Or(clean(a.Identity.Name), "unknown"), strings.TrimPrefix(a.Identity.Entity, registry.EntityPrefix))
	fmt.Fprintf(w, "authority\t%s %s\n", a.Authority.Class, a.Authority.By)
	fmt.Fprintf(w, "scope\t%s\n", a.Scope.Fit)
	fmt.Fprintf(w, "time\tat issuance %s, now %s\n", a.Time.Issuance, a.Time.Now)
	fmt.Fprintf(w, "registry\t%s version %d, %s\n", a.Registry, a.Freshness.Version, a.Freshness.State)
	if reasons := slices.Clone(a.Reasons); len(reasons) > 0 {
		fmt.Fprintf(w, "reasons\t%s\n", strings.Join(reasons, ", "))
	}
	return w.Flush()
}
