package deqar

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Coverage decides by a policy what a world covers.
type Coverage struct {
	World  *World
	Policy Policy
}

// ProgrammeKey names a programme of an institution. DEQAR's own numbers change with each
// report, and names are no identity, so that it is an identifier of the programme; one without
// an identifier is known by its report alone and has no Scheme.
type ProgrammeKey struct {
	Scheme string `json:"scheme,omitempty"`
	Agency string `json:"agency,omitempty"` // to which a local identifier belongs
	Value  string `json:"value,omitempty"`
}

// Keys are the names of a programme that a report names.
func (r *Report) Keys(p *Programme) (keys []ProgrammeKey) {
	for _, id := range p.Identifiers {
		key := ProgrammeKey{id.Scheme, id.Agency, id.Value}
		if key.Value == "" || key.Scheme == "" {
			continue
		}
		if key.Agency == "" && key.Scheme == "local identifier" {
			key.Agency = "#" + strconv.FormatInt(r.Agency, 10) + r.AgencyName
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if keys == nil {
		text := p.Name + "\x00" + strconv.Itoa(int(p.Level))
		for _, n := range p.Names {
			text += "\x00" + n.Name + "\x00" + n.Qualification
		}
		sum := sha256.Sum256([]byte(text))
		keys = []ProgrammeKey{{Value: fmt.Sprintf("report/%d/%s", r.ID, hex.EncodeToString(sum[:6]))}}
	}
	return keys
}

// cover is one report as it reaches an institution: as a whole, or for one programme.
type cover struct {
	report    *Report
	on        int64 // the institution that the report names
	via       Via
	window    Span
	programme *Programme // nil: the whole
	keys      []ProgrammeKey
	levels    []LevelSpan // of the institution, for the whole
	class     Class       // None: it confers nothing
	negative  bool
	why       string   // it does not count at all
	missing   []string // without which it confers nothing
	notes     []string
}

// way leads from an institution to one whose reports may reach it.
type way struct {
	to      int64
	via     Via
	span    Span
	undated bool
}

func (c Coverage) ways(i *Institution) []way {
	all := []way{{to: i.ID, via: ViaDirect}}
	for _, r := range i.Includes {
		via := hierarchy[r.Type]
		switch via {
		case ViaSubunit, ViaFranchise, ViaPlatform:
		case ViaConsortium, ViaAlliance:
			continue // what a member does is not what the whole does
		default:
			via = ViaRelated
		}
		all = append(all, way{to: r.Institution, via: via, span: r.Span})
	}
	for _, r := range i.PartOf {
		via := hierarchy[r.Type]
		if above := c.World.institutions[r.Institution]; via == "" && above != nil && above.Alliance == Yes {
			via = ViaAlliance
		}
		if via == ViaAlliance || via == ViaConsortium {
			all = append(all, way{to: r.Institution, via: via, span: r.Span})
		}
	}
	for _, s := range i.History {
		if via := succession[s.Type]; via != "" {
			all = append(all, way{to: s.Institution, via: via, span: Span{From: s.Date}, undated: s.Date == 0})
		}
	}
	return all
}

// covers are all reports that have to do with an institution, in the order of their numbers.
func (c Coverage) covers(i *Institution) (all []cover) {
	life := Span{i.Founded, i.Closed}
	for _, way := range c.ways(i) {
		if way.to == i.ID && way.via != ViaDirect {
			continue
		}
		for _, r := range c.World.onInstitution[way.to] {
			for _, item := range c.reaching(i, r, way) {
				item.window = r.Span().Within(way.span).Within(life)
				if !item.window.Empty() {
					all = append(all, item)
				}
			}
		}
	}
	for _, r := range c.World.onPlatform[i.ID] {
		if !slices.Contains(r.Institutions, i.ID) {
			all = append(all, cover{report: r, on: i.ID, via: ViaPlatform, window: r.Span().Within(life), class: None, why: "a platform is not covered by what is offered on it"})
		}
	}
	slices.SortStableFunc(all, func(a, b cover) int { return int(a.report.ID - b.report.ID) })
	return all
}

// reaching is what of a report comes through a way: its programmes, each for itself, or the
// whole (DEQAR §1.5, 6).
func (c Coverage) reaching(i *Institution, r *Report, way way) (all []cover) {
	base := c.judge(i, r)
	base.report, base.on, base.via = r, way.to, way.via
	if way.undated {
		base.lack("the day of the succession")
	}
	reach := c.Policy.reach(way.via)
	if reach == ReachNothing && base.why == "" {
		base.why = "by the policy, nothing is inherited by this way"
	}
	if len(r.Programmes) > 0 {
		for n := range r.Programmes {
			item := base
			item.programme = &r.Programmes[n]
			item.keys = r.Keys(item.programme)
			all = append(all, item)
		}
		return all
	}
	whole := len(r.Activities) > 0
	for _, a := range r.Activities {
		whole = whole && a == InstitutionalActivity
		if a == 0 {
			base.lack("the type of its activity")
		}
	}
	switch {
	case len(r.Activities) == 0:
		base.lack("the type of its activity")
	case !whole && !slices.Contains(r.Activities, 0):
		base.lack("its programmes")
	}
	if reach == ReachProgrammes && base.why == "" {
		base.why = "by the policy, only programmes are inherited by this way"
	}
	base.levels = i.Levels
	return []cover{base}
}

func (item *cover) lack(what string) {
	item.missing = append(item.missing[:len(item.missing):len(item.missing)], what)
}

// judge says what a report is worth, whomever it reaches (DEQAR §1.5, 2 to 5).
func (c Coverage) judge(i *Institution, r *Report) cover {
	item := cover{class: None}
	switch r.Flag {
	case HighFlag:
		item.why = "EQAR put a high level flag on it"
	case LowFlag:
		item.notes = append(item.notes, "EQAR put a low level flag on it")
	case 0:
		item.lack("its flag")
	}
	if r.From == 0 {
		item.lack("its first day")
	}
	if c.World.contradicted[r.ID] {
		item.lack("agreement of the Web API with the newer CSV file")
	}
	c.judgeAgency(&item, r)
	obligatory := r.Status == Obligatory
	if r.Status == 0 {
		item.lack("its status")
	}
	if obligatory && i.OtherProvider == Yes {
		obligatory = false
		item.notes = append(item.notes, "it is said to be obligatory, which reports on other providers cannot be")
	}
	switch {
	case r.Decision == Negative:
		item.negative = true
	case r.Decision == 0:
		item.lack("its decision")
	case !obligatory:
		item.class = ESGVoluntary
	case r.Decision == NotApplicable:
		item.class = OfficialEvaluated
	default:
		item.class = OfficialAccredited
	}
	return item
}

// judgeAgency: the agency must have been registered on the report's first day. What became
// of it later does not void the report.
func (c Coverage) judgeAgency(item *cover, r *Report) {
	a := c.World.AgencyOf(r)
	switch {
	case a == nil, a.Start == 0, a.End == 0 && a.Registered == No:
		item.lack("the registration of its agency")
	case r.From != 0 && !(Span{a.Start, a.End}).Holds(r.From):
		if item.why == "" {
			item.why = "its agency was not registered with EQAR on its first day"
		}
	}
}

// windows are the days on which the item says something about a scope. A negative report is
// about all levels of what it is on.
func (item *cover) windows(s Scope) []Span {
	if item.programme != nil {
		level := item.programme.Level
		if s.Programme == (ProgrammeKey{}) || !slices.Contains(item.keys, s.Programme) ||
			!item.negative && s.Level != 0 && level != 0 && level != s.Level {
			return nil
		}
		return []Span{item.window}
	}
	if s.Programme != (ProgrammeKey{}) {
		return nil
	}
	if s.Level == 0 || item.negative || len(item.levels) == 0 {
		return []Span{item.window}
	}
	var all []Span
	for _, l := range item.levels {
		if w := item.window.Within(l.Span); l.Level == s.Level && !w.Empty() {
			all = append(all, w)
		}
	}
	return all
}

// lacks says without what the item confers nothing in a scope.
func (item *cover) lacks(s Scope) []string {
	what := ""
	switch {
	case s.Level == 0:
	case item.programme != nil && item.programme.Level == 0:
		what = "the level of the programme"
	case item.programme == nil && len(item.levels) == 0:
		what = "the levels of the institution"
	}
	if what == "" {
		return item.missing
	}
	return append(item.missing[:len(item.missing):len(item.missing)], what)
}

func (item *cover) about(what string) string {
	return "report " + strconv.FormatInt(item.report.ID, 10) + ": " + strings.TrimSpace(what)
}
