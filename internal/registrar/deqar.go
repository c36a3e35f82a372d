package registrar

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"laurel/internal/deqar"
	"laurel/registry"
)

// DEQAR makes entries of what DEQAR said: of each institution of which a report says
// something, with a grant for each period in which its coverage as a whole is one, and, of
// those that somebody can issue as, for each programme that a credential can name. DEQAR has
// programmes by the hundred thousand; of institutions that are bound to no identifier nobody
// can ask about one.
func DEQAR(world *deqar.World, policy deqar.Policy) Facts {
	coverage := deqar.Coverage{World: world, Policy: policy}
	day := deqar.DayOf(world.Latest())
	known := func(entity string) bool {
		number, err := deqar.ParseInstitutionNumber(strings.ToUpper(strings.TrimPrefix(entity, registry.EntityPrefix)))
		return err == nil && entityOf(number) == entity && world.Institution(number) != nil
	}
	return Facts{
		Known: known,
		Entries: func(bound func(entity string) bool) iter.Seq2[*registry.Entry, error] {
			return func(yield func(*registry.Entry, error) bool) {
				for _, number := range inOrder(world) {
					if len(world.ReportsOn(number)) == 0 && !bound(entityOf(number)) {
						continue
					}
					e, err := institutionEntry(coverage, world.Institution(number), day, bound(entityOf(number)))
					if !yield(e, err) {
						return
					}
				}
			}
		},
		Sources: []registry.SourceAge{{ID: "deqar", Fetched: world.Latest().UTC().Truncate(time.Second), Rows: rows(world)}},
	}
}

func entityOf(number int64) string {
	return registry.EntityPrefix + strings.ToLower(deqar.InstitutionNumber(number))
}

// inOrder are the numbers of all institutions, in the order of the ids of their entries.
func inOrder(world *deqar.World) (numbers []int64) {
	for i := range world.Institutions() {
		numbers = append(numbers, i.ID)
	}
	slices.SortFunc(numbers, func(a, b int64) int { return cmp.Compare(entityOf(a), entityOf(b)) })
	return numbers
}

func rows(world *deqar.World) (n int) {
	for range world.Reports() {
		n++
	}
	return n
}

func institutionEntry(coverage deqar.Coverage, i *deqar.Institution, day deqar.Day, programmes bool) (*registry.Entry, error) {
	e := &registry.Entry{ID: entityOf(i.ID), Countries: i.Seats(day), Site: i.Website, Page: i.Permalink()}
	for _, n := range i.SaidNames() {
		e.Names = append(e.Names, registry.Name{Text: n.Text, Kind: string(n.Form), To: dayText(n.To)})
	}
	for _, id := range i.Identifiers {
		scheme := id.Scheme
		if id.Agency != "" {
			scheme += "@" + id.Agency
		}
		if scheme != "" && id.Value != "" {
			e.Identifiers = append(e.Identifiers, registry.Identifier{Scheme: scheme, Value: id.Normal(), From: dayText(id.From), To: dayText(id.To), Source: "deqar"})
		}
	}
	for _, l := range i.LevelsOn(day) {
		e.Levels = append(e.Levels, int(l))
	}
	for _, p := range coverage.Periods(i.ID) {
		if len(p.Programmes) > 0 && !(programmes && nameable(p)) {
			continue
		}
		g, err := periodGrant(coverage.Policy, i.ID, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.ID, err)
		}
		if g.Class != registry.NoClass {
			e.Grants = append(e.Grants, g)
		}
	}
	return e, nil
}

// nameable tells whether a period decides about a programme that a credential can name: those
// that are known by their report alone have nothing to be named by.
func nameable(p deqar.Period) bool {
	decides := len(p.Awards) > 0 || classOf[p.Class] >= registry.Adverse
	return decides && slices.ContainsFunc(p.Programmes, func(k deqar.ProgrammeKey) bool { return k.Scheme != "" })
}

func dayText(d deqar.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// classOf are the classes of coverage that a grant can have. That a coverage has lapsed is said
// by its period.
var classOf = map[deqar.Class]registry.Class{
	deqar.OfficialAccredited: registry.OfficialAccredited, deqar.OfficialEvaluated: registry.OfficialEvaluated,
	deqar.ESGVoluntary: registry.ESGVoluntary, deqar.Adverse: registry.Adverse, deqar.Contested: registry.ContestedCoverage,
}

func periodGrant(policy deqar.Policy, institution int64, p deqar.Period) (g registry.Grant, err error) {
	g = registry.Grant{By: "policy:" + policy.ID, Class: classOf[p.Class], Conditions: p.Conditions}
	if g.Period, err = registry.Days(dayText(p.From), dayText(p.To)); err != nil {
		return g, err
	}
	g.Jurisdictions = p.Jurisdiction
	for _, a := range p.Awards {
		g.Awards = append(g.Awards, string(a))
	}
	for _, l := range p.EQF {
		g.Levels = append(g.Levels, int(l))
	}
	if len(p.Programmes) > 0 {
		g.Programmes = []registry.Programme{programmeOf(p)}
	}
	for _, b := range p.Basis {
		g.Basis = append(g.Basis, registry.Basis{Source: "deqar", Report: int(b.Report), Row: b.Digest, Via: string(b.Via)})
	}
	g.ID, err = grantID(institution, p)
	return g, err
}

func programmeOf(p deqar.Period) (out registry.Programme) {
	if len(p.Names) > 0 {
		out.Name = p.Names[0]
	}
	if len(p.Fields) > 0 {
		out.ISCED = p.Fields[0]
	}
	for _, key := range p.Programmes {
		if key.Scheme == "" {
			continue // known by its report alone, which no credential names
		}
		id := key.Scheme + ":" + key.Value
		if key.Agency != "" {
			id = key.Scheme + "@" + key.Agency + ":" + key.Value
		}
		out.IDs = append(out.IDs, id)
	}
	return out
}

// grantID names a grant by what it is for and since when, so that it keeps its name while its
// basis changes.
func grantID(institution int64, p deqar.Period) (string, error) {
	raw, err := json.Marshal([]any{institution, p.From, p.Class, p.EQF, p.Programmes, p.Names})
	digest := sha256.Sum256(raw)
	return "deqar-" + hex.EncodeToString(digest[:8]), err
}
