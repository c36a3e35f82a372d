package main

import (
	"bufio"
	"cmp"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/registrar"
	"laurel/internal/vc"
	"laurel/keys"
	"laurel/registry"
)

// proposeFlags are an event's members as they are typed.
type proposeFlags struct {
	bookFlags
	as, reason, effective, evidence string
	event                           registry.Event
	awards, countries, isced        []string
	levels                          []int
	from, until                     string
	names                           []string
	site                            string
	grade                           registry.Grade
	pins, proofs                    []string
}

func newRegistryPropose() *cobra.Command {
	f := &proposeFlags{}
	var types []string
	for _, t := range registry.EventTypes() {
		types = append(types, string(t))
	}
	c := &cobra.Command{
		Use:   "propose TYPE ENTITY",
		Short: "Propose a decision; where one person suffices, it is taken",
		Long: fmt.Sprintf(`Propose a decision about an institution, as an officer. Grants, blacklistings, revocations,
bindings, mergers, and taking back a blacklisting need a second officer, who signs it with
'laurel registry sign'.

Types: %s.
ENTITY is the institution's id in the registry, or what follows %s in it.`, strings.Join(types, ", "), registry.EntityPrefix),
		Example: `  laurel registry propose amend college --as officer-1 --reason onboarding --name "Sample College" --country ES
  laurel registry propose grant college --as officer-1 --reason board-decision --award microcredential --eqf 4,5 --from 2026-01-01 --until 2030-12-31
  laurel registry propose suspend college --as officer-2 --reason inspection-failed`,
		Args: exactly(2, "a type and an institution"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0], args[1]) },
	}
	f.add(c)
	f.flags(c)
	return c
}

func (f *proposeFlags) flags(c *cobra.Command) {
	l, e := c.Flags(), &f.event
	l.StringVar(&f.as, "as", "", "who proposes, such as officer-1")
	l.StringVar(&f.reason, "reason", "", "a code such as fraud-found; no sentences and no people: it is published")
	l.StringVar(&f.effective, "effective", "", "since when it counts (default now), such as 2026-01-02T03:04:05Z or a day")
	l.StringVar(&f.evidence, "evidence", "", "file on which it rests; its digest alone is published")
	l.StringSliceVar(&f.awards, "award", nil, "grant: degree, microcredential")
	l.IntSliceVar(&f.levels, "eqf", nil, "grant: levels of the European Qualifications Framework")
	l.StringVar(&f.from, "from", "", "grant: first day")
	l.StringVar(&f.until, "until", "", "grant, condition or amendment: last day")
	l.StringSliceVar(&f.countries, "country", nil, "grant: where it may award; amendment: where it is seated")
	l.StringSliceVar(&f.isced, "isced", nil, "grant: fields of study, by the beginning of their ISCED-F code")
	l.StringArrayVar(&f.names, "name", nil, "amendment: a name, with its language before it if you like, such as es:Universidad")
	l.StringVar(&f.site, "site", "", "amendment: home page")
	l.StringVar(&e.Of, "of", "", "id of the grant, condition or event that it is about (default the whole listing)")
	l.StringVar(&e.Code, "code", "", "condition: a code")
	l.StringVar(&e.DID, "did", "", "binding or key: the identifier")
	l.StringVar(&e.Key, "key", "", "key_end: thumbprint of the key")
	l.StringArrayVar(&f.pins, "pin", nil, "binding_add: thumbprint of a key")
	l.StringArrayVar(&f.proofs, "proof", nil, "binding_add: evidence as STRENGTH:KIND:WHERE, such as registered:official-letter:2026-17")
	l.BoolVar(&e.Compromised, "compromised", false, "key_end: others may have the key")
	l.BoolVar(&e.Retroactive, "retroactive", false, "reinstate, unblacklist: as if it had never been")
	l.StringVar(&e.Review, "review", "", "blacklist: day on which it is looked at again")
	l.StringVar(&e.Appeal, "appeal", "", "blacklist: address (https: or mailto:) at which to appeal")
	l.StringSliceVar(&e.Blocked, "block", nil, "blacklist: identifiers and hosts to warn of")
	l.StringVar(&f.grade.Grade, "grade", "", "grade: A, B or C")
	l.StringVar(&f.grade.By, "by", "", "grade: who assessed")
	l.StringVar(&f.grade.Assessed, "assessed", "", "grade: day of the assessment")
	l.StringVar(&f.grade.Due, "due", "", "grade: day of the next")
	l.StringVar(&e.Month, "month", "", "inspection: month, such as 2026-11")
	l.StringVar(&e.Result, "result", "", "inspection, dispute: a code")
	l.StringVar(&e.Into, "into", "", "merge: the institution in whose name it goes on")
	l.BoolVar(&e.OK, "ok", false, "recheck: the evidence is there")
}

func (f *proposeFlags) run(c *cobra.Command, kind, entity string) error {
	e, err := f.build(registry.EventType(kind), entity)
	if err != nil {
		return usageError{err}
	}
	ring, err := holderKeys(f.keyFolder(), f.as)
	if err != nil {
		return err
	}
	held, err := signers(ring)
	if err != nil {
		return err
	}
	book, err := f.open(c.Context())
	if err != nil {
		return err
	}
	defer book.Close()
	accepted, err := book.Propose(e, held[0])
	if err != nil {
		return err
	}
	if accepted {
		_, err = fmt.Fprintf(c.OutOrStdout(), "%s\tdecided; it counts once it is published\n", e.ID)
	} else {
		_, err = fmt.Fprintf(c.OutOrStdout(), "%s\tproposed; another officer signs it: laurel registry sign %s --as officer-2\n", e.ID, e.ID)
	}
	return err
}

// entityID completes what people type.
func entityID(text string) string {
	if text == "" || strings.HasPrefix(text, registry.EntityPrefix) {
		return text
	}
	return registry.EntityPrefix + text
}

func (f *proposeFlags) build(kind registry.EventType, entity string) (*registry.Event, error) {
	if kind.People() == 0 {
		return nil, fmt.Errorf("there are no decisions of the type %.40q; 'laurel registry propose --help' lists them", kind)
	}
	if f.reason == "" {
		return nil, errors.New("--reason is missing: a code such as board-decision, which is published")
	}
	e := f.event
	e.Type, e.Entity, e.Reason, e.Into = kind, entityID(entity), f.reason, entityID(f.event.Into)
	e.Recorded = time.Now().UTC().Truncate(time.Second)
	e.EffectiveFrom = e.Recorded
	if f.effective != "" {
		at, err := parseMoment(f.effective)
		if err != nil {
			return nil, fmt.Errorf("--effective: %w", err)
		}
		e.EffectiveFrom = at
	}
	if f.evidence != "" {
		raw, err := os.ReadFile(f.evidence)
		if err != nil {
			return nil, fmt.Errorf("--evidence: %w", plain(err))
		}
		digest := sha256.Sum256(raw)
		e.Evidence = "sha256:" + hex.EncodeToString(digest[:])
	}
	return &e, f.fill(&e)
}

// parseMoment reads a moment, or a day as its begin.
func parseMoment(text string) (time.Time, error) {
	if len(text) == len(time.DateOnly) {
		text += "T00:00:00Z"
	}
	at, err := vc.ParseTime(text)
	return at.UTC().Truncate(time.Second), err
}

func (f *proposeFlags) fill(e *registry.Event) error {
	switch e.Type {
	case registry.EventGrant:
		period, err := registry.Days(f.from, f.until)
		if err != nil {
			return fmt.Errorf("--from, --until: %w", err)
		}
		e.Grant = &registry.Grant{
			Period: period, Scope: registry.Scope{Awards: f.awards, Levels: f.levels, Jurisdictions: f.countries, ISCED: f.isced},
		}
	case registry.EventCondition:
		e.Until = f.until
	case registry.EventAmend:
		if e.Until = f.until; e.Of == "" {
			e.Profile = &registry.Profile{Names: namesOf(f.names), Countries: f.countries, Site: f.site}
		}
	case registry.EventGrade:
		g := f.grade
		e.Grade = &g
	case registry.EventBindingAdd:
		return f.binding(e)
	}
	return nil
}

func namesOf(texts []string) (all []registry.Name) {
	for _, text := range texts {
		n := registry.Name{Text: text, Kind: "official"}
		if lang, rest, ok := strings.Cut(text, ":"); ok && len(lang) == 2 {
			n.Lang, n.Text = lang, rest
			if lang == "en" {
				n.Kind = "english"
			}
		}
		all = append(all, n)
	}
	return all
}

func (f *proposeFlags) binding(e *registry.Event) error {
	b := &registry.Binding{DID: registry.NormalDID(e.DID), Period: registry.Period{From: e.EffectiveFrom}}
	e.DID = ""
	for _, pin := range f.pins {
		b.Keys = append(b.Keys, registry.PinnedKey{Thumbprint: pin})
	}
	for _, text := range f.proofs {
		parts := strings.SplitN(text, ":", 3)
		strength, err := registry.ParseStrength(parts[0])
		if err != nil || len(parts) < 2 {
			return fmt.Errorf("--proof: %.60q is not STRENGTH:KIND:WHERE; the strengths are weak, mutual and registered", text)
		}
		b.Evidence = append(b.Evidence, registry.Evidence{Strength: strength, Kind: parts[1], Ref: strings.Join(parts[2:], "")})
	}
	e.Binding = b
	return nil
}

type signFlags struct {
	bookFlags
	as     string
	yes    bool
	reject string
}

func newRegistrySign() *cobra.Command {
	f := &signFlags{}
	c := &cobra.Command{
		Use:   "sign [EVENT…]",
		Short: "Show what waits for a signature, and sign it",
		Long: `Show the decisions that another officer proposed and the lists that are ready to be
published, and sign them: the events that are named, or else all, each after you were
asked. --yes asks nothing.`,
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args) },
	}
	f.add(c)
	c.Flags().StringVar(&f.as, "as", "", "who signs, such as officer-2")
	c.Flags().BoolVar(&f.yes, "yes", false, "sign without asking")
	c.Flags().StringVar(&f.reject, "reject", "", "throw a proposal away instead")
	return c
}

func (f *signFlags) run(c *cobra.Command, events []string) error {
	book, err := f.open(c.Context())
	if err != nil {
		return err
	}
	defer book.Close()
	if f.reject != "" {
		return book.Reject(f.reject)
	}
	ring, err := holderKeys(f.keyFolder(), f.as)
	if err != nil {
		return err
	}
	held, err := signers(ring)
	if err != nil {
		return err
	}
	answers := bufio.NewScanner(c.InOrStdin())
	if err := f.events(c, book, held[0], events, answers); err != nil {
		return err
	}
	return f.staged(c, book, held, answers)
}

// events signs proposals, each after it was shown.
func (f *signFlags) events(c *cobra.Command, book *registrar.Book, key crypto.Signer, wanted []string, answers *bufio.Scanner) error {
	proposals, err := book.Proposals()
	if err != nil {
		return err
	}
	own, err := keys.Thumbprint(key.Public())
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, p := range proposals {
		known[p.ID] = true
		if len(wanted) > 0 && !slices.Contains(wanted, p.ID) {
			continue
		}
		if slices.Contains(p.Signers, own) {
			fmt.Fprintf(c.ErrOrStderr(), "laurel: %s waits for another officer than you\n", p.ID)
			continue
		}
		if err := showEvent(c, p); err != nil {
			return err
		}
		if p.Fault != "" {
			fmt.Fprintf(c.ErrOrStderr(), "laurel: %s can no longer be decided: %s\n", p.ID, p.Fault)
			continue
		}
		if !f.yes && !confirm(c, answers, "Sign this decision?") {
			continue
		}
		accepted, err := book.Approve(p.ID, key)
		if err != nil {
			return fmt.Errorf("%s: %w", p.ID, err)
		}
		fmt.Fprintf(c.OutOrStdout(), "%s\tsigned%s\n", p.ID, map[bool]string{true: ", and decided"}[accepted])
	}
	for _, id := range wanted {
		if !known[id] {
			return fmt.Errorf("%w: %.60s", registrar.ErrNoEvent, id)
		}
	}
	return nil
}

func showEvent(c *cobra.Command, p registrar.Proposal) error {
	raw, err := p.JSON()
	if err != nil {
		return err
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	text, err := json.MarshalIndent(members, "  ", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.ErrOrStderr(), "%s of %s, signed by %d of %d:\n  %s\n", p.Type, p.Entity, len(p.Signers), p.Need, text)
	return err
}

func confirm(c *cobra.Command, answers *bufio.Scanner, question string) bool {
	fmt.Fprintf(c.ErrOrStderr(), "%s [y/N] ", question)
	if !answers.Scan() {
		fmt.Fprintln(c.ErrOrStderr())
		return false
	}
	answer := strings.ToLower(strings.TrimSpace(answers.Text()))
	return answer == "y" || answer == "yes"
}

// staged signs the lists that are ready, after what changes in them was shown.
func (f *signFlags) staged(c *cobra.Command, book *registrar.Book, held []crypto.Signer, answers *bufio.Scanner) error {
	pending, err := book.Stage(time.Now())
	if err != nil {
		return err
	}
	mine := 0
	for _, p := range pending {
		may, err := book.MaySign(p, held...)
		if err != nil {
			return err
		}
		if !may {
			continue
		}
		mine++
		changes, err := book.Changes(p)
		if err != nil {
			return err
		}
		nothing := "to be signed anew, nothing changed"
		if strings.HasPrefix(filepath.Base(p.Path), "1.") {
			nothing = "the first, with nothing in it yet"
		}
		fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", filepath.Base(p.Path), cmp.Or(changes.String(), nothing))
	}
	if mine == 0 {
		fmt.Fprintln(c.ErrOrStderr(), "laurel: no list waits for your signature")
		return nil
	}
	if !f.yes && !confirm(c, answers, "Sign these lists?") {
		return errors.New("not signed")
	}
	done, err := book.SignStaged(held...)
	for _, name := range done {
		fmt.Fprintf(c.OutOrStdout(), "%s\tsigned\n", name)
	}
	return err
}
