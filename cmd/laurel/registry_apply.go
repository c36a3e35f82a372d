package main

import (
	"cmp"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/did"
	"laurel/internal/fetch"
	"laurel/internal/linkage"
	"laurel/internal/onboarding"
	"laurel/internal/registrar"
	"laurel/keys"
	"laurel/registry"
)

const (
	applicationsFolder = "applications"
	maxApplicationBody = 256 << 10
)

type applyFlags struct {
	dataFlags
	request onboarding.Request
	private bool
}

func newRegistryApply() *cobra.Command {
	f := &applyFlags{}
	c := &cobra.Command{
		Use:   "apply REGISTRY",
		Short: "Ask a registry to list your institution",
		Long: `Ask the registry at an address, such as https://registry.example, to list the institution of the
data directory: it signs the registry's challenge, and prints the DNS record with which your
domain names the identifier and the key. The operator then asks you at a contact that is
known otherwise, and decides.`,
		Example: `  laurel registry apply https://registry.example --domain college.example --entry DEQARINST0001`,
		Args:    exactly(1, "the address of a registry"),
		RunE:    func(c *cobra.Command, args []string) error { return f.run(c.Context(), c, args[0]) },
	}
	f.add(c)
	c.Flags().StringVar(&f.request.Domain, "domain", "", "domain that is your institution's own, such as college.example")
	c.Flags().StringVar(&f.request.Entry, "entry", "", "your institution's entry in the registry, if there is one, such as DEQARINST0001")
	c.Flags().StringVar(&f.request.Country, "country", "", "country of your institution, such as ES")
	c.Flags().BoolVar(&f.private, "allow-private-network", false, "allow addresses of private networks, and http on this machine")
	return c
}

// answeredApplication is what the registry says of an application.
type answeredApplication struct {
	ID        string
	State     string
	Challenge linkage.Challenge
	Findings  []onboarding.Finding
}

func (f *applyFlags) run(ctx context.Context, c *cobra.Command, address string) error {
	if f.request.Domain == "" {
		return usageError{errors.New("--domain names the domain that is your institution's own")}
	}
	in, err := f.dataFlags.open(ctx, c)
	if err != nil {
		return err
	}
	defer in.Close()
	profile, err := in.Profile(ctx)
	if err != nil {
		return err
	}
	f.request.DID, f.request.Name, f.request.Site = profile.ID, profile.Name, profile.URL
	if !strings.HasPrefix(f.request.Site, "https://") {
		f.request.Site = ""
	}
	key, err := in.ring.Active(keys.Ed25519, keys.P256)
	if err != nil {
		return err
	}
	signer, err := in.ring.Signer(key.ID)
	if err != nil {
		return err
	}
	service, err := fetch.NewService(fetch.ServiceOptions{Base: address, AllowPrivateNetwork: f.private})
	if err != nil {
		return usageError{err}
	}
	a, err := f.apply(ctx, service, signer)
	if err != nil {
		return err
	}
	name, text := linkage.Record(f.request.Domain, profile.ID, key.ID)
	fmt.Fprintf(c.OutOrStdout(), `The application is with the registry:
  %s/registry/applications/%s
Keep this address: it shows how far it is. Publish this DNS record, so that your domain names
the identifier and its key:
  %s. IN TXT "%s"
`, strings.TrimSuffix(address, "/"), a.ID, name, text)
	return printFindings(c, a.Findings)
}

func (f *applyFlags) apply(ctx context.Context, service *fetch.Service, signer crypto.Signer) (a answeredApplication, err error) {
	body, err := json.Marshal(map[string]string{
		"did": f.request.DID, "domain": f.request.Domain, "entry": f.request.Entry, "name": f.request.Name, "country": f.request.Country, "site": f.request.Site,
	})
	if err != nil {
		return a, err
	}
	if a, err = ask(ctx, service, "/registry/applications", body); err != nil {
		return a, fmt.Errorf("the registry did not take the application: %w", err)
	}
	if a.Challenge.DID != registry.NormalDID(f.request.DID) {
		return a, errors.New("the registry asks to sign a challenge for another identifier; nothing was signed")
	}
	answer, err := a.Challenge.Answer(signer)
	if err != nil {
		return a, err
	}
	return ask(ctx, service, "/registry/applications/"+a.ID+"/answer", answer)
}

func ask(ctx context.Context, service *fetch.Service, path string, body []byte) (a answeredApplication, err error) {
	answer, err := service.Do(ctx, fetch.Call{Path: path, Accept: "application/json", Body: body, ContentType: "application/json", MaxBytes: maxApplicationBody})
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(answer.Body, &a)
}

func printFindings(c *cobra.Command, found []onboarding.Finding) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
	marks := map[onboarding.Result]string{onboarding.Shown: "✓", onboarding.Missing: "✗", onboarding.Unknown: "?", onboarding.Warning: "!"}
	for _, f := range found {
		fmt.Fprintf(w, "  %s %s\t%s\n", cmp.Or(marks[f.Result], "?"), f.Check, clean(f.Text))
	}
	return w.Flush()
}

func newRegistryApplications() *cobra.Command {
	f := &bookFlags{}
	c := &cobra.Command{
		Use:   "applications",
		Short: "List who asks to be listed",
		Args:  exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			desk, err := openDesk(f.dir)
			if err != nil {
				return err
			}
			all, err := desk.All()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tSINCE\tSTATE\tNAME\tIDENTIFIER\tDOMAIN")
			for _, a := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.Created.Format(time.DateOnly), a.State, clean(a.Name), clean(a.DID), clean(a.Domain))
			}
			return w.Flush()
		},
	}
	f.add(c)
	return c
}

// openDesk opens the applications of a registry.
func openDesk(dir string) (*onboarding.Desk, error) {
	config, err := registrar.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	return onboarding.OpenDesk(filepath.Join(dir, applicationsFolder), config.Origin, time.Now)
}

// looker looks at sites and names on the network.
func looker(ctx context.Context, private bool) *linkage.Looker {
	session := fetch.New(fetch.Options{AllowPrivateNetwork: private, CacheBytes: -1}).NewSession(fetch.Limits{Requests: 64, Time: 2 * time.Minute})
	return &linkage.Looker{
		Get: session.Get, Resolver: did.NewResolver(session.Get, private, nil), Now: time.Now,
		TXT: records,
	}
}

// records looks up TXT records; that there are none is an answer. What went wrong is not told to
// strangers, for it may name machines.
func records(ctx context.Context, name string) ([]string, error) {
	found, err := net.DefaultResolver.LookupTXT(ctx, name)
	var wrong *net.DNSError
	if errors.As(err, &wrong) && wrong.IsNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, errors.New("the name servers did not answer")
	}
	return found, nil
}

type reviewFlags struct {
	bookFlags
	as, contact, reject, since string
	private                    bool
}

func newRegistryReview() *cobra.Command {
	f := &reviewFlags{}
	c := &cobra.Command{
		Use:   "review APPLICATION",
		Short: "Look what is to be seen of an applicant, and propose to list it",
		Long: `Look what is to be seen of an applicant. With --contact, which says where you asked the
institution whether it is they who apply, at a contact that is known otherwise, the binding of
its identifier is proposed, and another officer signs it. Grants are proposed apart.`,
		Args: exactly(1, "an application"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c.Context(), c, args[0]) },
	}
	f.add(c)
	c.Flags().StringVar(&f.as, "as", "", "who reviews, such as officer-1; without it nothing is proposed")
	c.Flags().StringVar(&f.contact, "contact", "", "where the institution was asked, such as letter 2026-17; it is published: no people")
	c.Flags().StringVar(&f.since, "since", "", "since when it issues under the identifier (default now)")
	c.Flags().StringVar(&f.reject, "reject", "", "close the application instead, with this reason")
	c.Flags().BoolVar(&f.private, "allow-private-network", false, "allow addresses of private networks, and http on this machine")
	return c
}

func (f *reviewFlags) run(ctx context.Context, c *cobra.Command, id string) error {
	desk, err := openDesk(f.dir)
	if err != nil {
		return err
	}
	if f.reject != "" {
		return desk.Close(id, onboarding.Rejected, f.reject)
	}
	a, err := desk.Get(id)
	if err != nil {
		return err
	}
	book, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	s, err := book.Draft(time.Now())
	if err != nil {
		return err
	}
	found := onboarding.Look(ctx, looker(ctx, f.private), a, s)
	fmt.Fprintf(c.OutOrStdout(), "%s, %s, of %s: %s\n", clean(a.Name), clean(a.DID), clean(a.Domain), map[bool]string{true: "new", false: strings.TrimPrefix(a.Entity, registry.EntityPrefix)}[a.New])
	if err := printFindings(c, found); err != nil {
		return err
	}
	if f.as == "" {
		return nil
	}
	return f.propose(c, book, desk, a, found)
}

func (f *reviewFlags) propose(c *cobra.Command, book *registrar.Book, desk *onboarding.Desk, a *onboarding.Application, found []onboarding.Finding) error {
	checked := onboarding.Checked{Contact: f.contact, Reason: "onboarding", Now: time.Now()}
	var err error
	if f.since != "" {
		if checked.From, err = parseMoment(f.since); err != nil {
			return usageError{fmt.Errorf("--since: %w", err)}
		}
	}
	events, err := onboarding.Propose(a, found, checked)
	if err != nil {
		return err
	}
	ring, err := holderKeys(f.keyFolder(), f.as)
	if err != nil {
		return err
	}
	held, err := signers(ring)
	if err != nil {
		return err
	}
	for _, e := range events {
		if _, err := book.Propose(e, held[0]); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s\t%s proposed\n", e.ID, e.Type)
	}
	return desk.Close(a.ID, onboarding.Proposed, "")
}

type recheckFlags struct {
	bookFlags
	as      string
	all     bool
	private bool
}

func newRegistryRecheck() *cobra.Command {
	f := &recheckFlags{}
	c := &cobra.Command{
		Use:   "recheck",
		Short: "Look again whether listed identifiers and their sites name each other",
		Long: `Look at each binding that was not looked at within a week. Two looks in turn that fail make a
binding stale, which a badge's report then says; one that succeeds makes it good again.`,
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c) },
	}
	f.add(c)
	c.Flags().StringVar(&f.as, "as", "", "who decides what follows from it, such as officer-1")
	c.Flags().BoolVar(&f.all, "all", false, "look at every binding, whenever it was looked at")
	c.Flags().BoolVar(&f.private, "allow-private-network", false, "allow addresses of private networks, and http on this machine")
	return c
}

func (f *recheckFlags) run(ctx context.Context, c *cobra.Command) error {
	ring, err := holderKeys(f.keyFolder(), f.as)
	if err != nil {
		return err
	}
	held, err := signers(ring)
	if err != nil {
		return err
	}
	book, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	s, err := book.Draft(time.Now())
	if err != nil {
		return err
	}
	seen, err := onboarding.OpenWatch(f.dir).Round(ctx, looker(ctx, f.private), s, f.all)
	for _, one := range seen {
		result := "is there"
		if one.Err != nil {
			result = one.Err.Error()
		}
		fmt.Fprintf(c.OutOrStdout(), "%s\t%s\n", one.DID, clean(result))
		if one.Event != nil {
			if _, decideErr := book.Propose(one.Event, held[0]); decideErr != nil {
				err = errors.Join(err, decideErr)
			}
		}
	}
	return err
}
