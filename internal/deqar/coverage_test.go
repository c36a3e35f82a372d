package deqar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The sample world: an agency that was registered from 2010 to 2030, and a university with
// its seat in Germany that awards at levels 6 and 7.
const (
	university = 1
	faculty    = 2
	successor  = 3
	academy    = 4 // another provider
	alliance   = 7
	platform   = 8
	old        = 9
)

func (r Report) with(change func(*Report)) Report { change(&r); return r }

// institutional is an official positive report on the university, 2020 to 2025.
func institutional(t testing.TB, id int64) Report {
	return Report{
		ID: id, Agency: 1, AgencyName: "SQA", Activities: []ActivityType{InstitutionalActivity}, Institutions: []int64{university},
		From: day(t, "2020-01-01"), To: day(t, "2025-12-31"), Status: Obligatory, Decision: Positive, Flag: NoFlag, Source: SourceAPI,
	}
}

var glass = ProgrammeKey{"local identifier", "SQA", "G1"}

// programmatic is an official positive report on one programme of the university.
func programmatic(t testing.TB, id int64) Report {
	r := institutional(t, id)
	r.Activities = []ActivityType{ProgrammeActivity}
	r.Programmes = []Programme{{Name: "Sample Glass", Identifiers: []Identifier{{Scheme: glass.Scheme, Agency: glass.Agency, Value: glass.Value}},
		Level: 7, Degree: Yes, Type: FullDegree, Field: "0215"}}
	return r
}

// micro makes the programme of a report a micro-credential.
func micro(r *Report) {
	p := &r.Programmes[0]
	p.Degree, p.Type, p.ECTS = No, MicroCredential, "5"
}

func sampleWorld(t testing.TB, reports ...Report) Coverage {
	w := NewWorld()
	w.AddAgency(Agency{ID: 1, DeqarID: 21, Acronym: "SQA", Registered: Yes, Start: day(t, "2010-01-01"), End: day(t, "2030-12-31")}, Provenance{Source: SourceAPI})
	w.AddAgency(Agency{ID: 2, Acronym: "XQA", Registered: No, Start: day(t, "2010-01-01"), End: day(t, "2021-06-30")}, Provenance{Source: SourceAPI})
	seat := []Place{{Country: "DE", City: "Musterstadt", Verified: Yes, Span: Span{From: day(t, "1900-01-01")}}, {Country: "AT", Verified: No}}
	since := Span{From: day(t, "2000-01-01")}
	levels := []LevelSpan{{Level: 6, Span: since}, {Level: 7, Span: since}}
	for _, i := range []Institution{
		{ID: university, Name: "Sample University", Founded: day(t, "1900-01-01"),
			Includes: []Relation{{faculty, "faculty", Span{day(t, "2015-01-01"), day(t, "2022-12-31")}}},
			PartOf:   []Relation{{alliance, "European Universities alliance", Span{From: day(t, "2021-01-01")}}, {platform, "educational platform", Span{}}}},
		{ID: faculty, Name: "Sample Faculty", PartOf: []Relation{{university, "faculty", Span{}}}},
		{ID: successor, Name: "New Sample University", History: []Succession{{old, "succeeded", day(t, "2022-05-01")}}},
		{ID: old, Name: "Old Sample University", Closed: day(t, "2022-04-30"), History: []Succession{{successor, "succeeded by", day(t, "2022-05-01")}}},
		{ID: academy, Name: "Sample Academy", OtherProvider: Yes},
		{ID: alliance, Name: "Sample Alliance", Alliance: Yes, Includes: []Relation{{university, "European Universities alliance", Span{}}}},
		{ID: platform, Name: "Sample Platform", OtherProvider: Yes, Includes: []Relation{{university, "educational platform", Span{}}}},
	} {
		i.Places, i.Levels, i.Source = seat, levels, SourceAPI
		if i.OtherProvider == Unsaid {
			i.OtherProvider = No
		}
		w.AddInstitution(i, Provenance{Source: SourceAPI})
	}
	for _, r := range reports {
		w.AddReport(r, Provenance{Source: r.Source, Digest: fmt.Sprint("digest-", r.ID)})
	}
	return Coverage{w, DefaultPolicy()}
}

// want is the short form of a result.
type want struct {
	class    Class
	awards   string
	reports  []int64
	via      Via
	boundary bool
	says     string // within the notes, conditions, reasons and what is missing
}

func check(t *testing.T, what string, r Result, w want) {
	t.Helper()
	var ids []int64
	for _, b := range r.Basis {
		ids = append(ids, b.Report)
		if w.via != "" && b.Via != w.via {
			t.Errorf("%s: via %s, want %s", what, b.Via, w.via)
		}
		if !strings.HasPrefix(b.Digest, "digest-") {
			t.Errorf("%s: no digest of the row", what)
		}
	}
	var awards []string
	for _, a := range r.Awards {
		awards = append(awards, string(a))
	}
	text := strings.Join(slices.Concat(r.Notes, r.Conditions, r.Missing), "; ")
	for _, b := range r.Aside {
		text += "; " + string(b.Via) + ": " + b.Why
	}
	if r.Class != w.class || strings.Join(awards, " ") != w.awards || !slices.Equal(ids, w.reports) || r.Boundary != w.boundary {
		t.Errorf("%s: %+v", what, r)
	}
	if !strings.Contains(text, w.says) {
		t.Errorf("%s: %q is not said in %q", what, w.says, text)
	}
}

var atSix, atSeven, ofGlass = Scope{Level: 6, Award: AwardDegree}, Scope{Level: 7, Award: AwardDegree}, Scope{Level: 7, Programme: glass}

func TestCoverageNullValidTo(t *testing.T) {
	c := sampleWorld(t, institutional(t, 1).with(func(r *Report) { r.To = 0 }))
	for d, w := range map[string]want{
		"2019-12-31": {class: None},
		"2020-01-01": {class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, via: ViaDirect, boundary: true},
		"2025-12-31": {class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}},
		"2026-01-01": {class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, boundary: true},
		"2026-01-02": {class: Lapsed, reports: []int64{1}},
	} {
		check(t, d, c.Evaluate(university, day(t, d), atSix), w)
	}
}

func TestCoverageBoundaryDays(t *testing.T) {
	c := sampleWorld(t, institutional(t, 1))
	for d, w := range map[string]want{
		"2020-01-01": {class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, boundary: true},
		"2020-01-02": {class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}},
		"2025-12-31": {class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, boundary: true},
		"2026-01-01": {class: Lapsed, reports: []int64{1}},
	} {
		check(t, d, c.Evaluate(university, day(t, d), atSix), w)
	}
}

func TestCoverageFutureValidFrom(t *testing.T) {
	c := sampleWorld(t, institutional(t, 1).with(func(r *Report) { r.From, r.To = day(t, "2028-01-01"), 0 }))
	check(t, "before", c.Evaluate(university, day(t, "2027-12-31"), atSix), want{class: None})
	check(t, "on the day", c.Evaluate(university, day(t, "2028-01-01"), atSix), want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, boundary: true})
}

func TestCoverageHighFlagFromDetail(t *testing.T) {
	flagged, err := ReadReport([]byte(`{"id":1,"agency_id":1,"agency_esg_activity_type":"institutional","institutions":[{"id":1}],
		"valid_from":"2020-01-01","valid_to":null,"status":"part of obligatory EQA system","decision":"positive","flag":"high level","report_valid":true}`))
	if err != nil {
		t.Fatal(err)
	}
	check(t, "high", sampleWorld(t, flagged).Evaluate(university, day(t, "2021-01-01"), atSix), want{class: None, says: "high level flag"})
	flagged.Flag = LowFlag
	check(t, "low", sampleWorld(t, flagged).Evaluate(university, day(t, "2021-01-01"), atSix),
		want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, says: "low level flag"})
}

func TestCoverageNewerNegative(t *testing.T) {
	negative := institutional(t, 2).with(func(r *Report) { r.Decision, r.From = Negative, day(t, "2022-01-01") })
	for name, test := range map[string]struct {
		reports []Report
		day     string
		want    want
	}{
		"before it":       {[]Report{institutional(t, 1), negative}, "2021-12-31", want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}}},
		"newer":           {[]Report{institutional(t, 1), negative}, "2022-01-01", want{class: Contested, reports: []int64{1, 2}, boundary: true}},
		"of the same day": {[]Report{institutional(t, 1), negative.with(func(r *Report) { r.From = day(t, "2020-01-01") })}, "2021-05-05", want{class: Contested, reports: []int64{1, 2}}},
		"older": {[]Report{institutional(t, 1), negative.with(func(r *Report) { r.From = day(t, "2019-01-01") })}, "2021-05-05",
			want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, says: "older negative"}},
		"newer, with a newer voluntary one": {[]Report{institutional(t, 1), negative, institutional(t, 3).with(func(r *Report) { r.Status, r.From = Voluntary, day(t, "2023-01-01") })},
			"2024-01-01", want{class: Contested, reports: []int64{1, 2}}},
		"of a programme":        {[]Report{institutional(t, 1), programmatic(t, 2).with(func(r *Report) { r.Decision, r.From = Negative, day(t, "2022-01-01") })}, "2024-01-01", want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}}},
		"ended":                 {[]Report{institutional(t, 1), negative.with(func(r *Report) { r.To = day(t, "2023-01-01") })}, "2023-01-02", want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}}},
		"with a high flag":      {[]Report{institutional(t, 1), negative.with(func(r *Report) { r.Flag = HighFlag })}, "2024-01-01", want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, says: "high level"}},
		"of an unsaid flag":     {[]Report{institutional(t, 1), negative.with(func(r *Report) { r.Flag = 0 })}, "2024-01-01", want{class: Contested, reports: []int64{1, 2}}},
		"alone":                 {[]Report{negative}, "2024-01-01", want{class: Adverse, reports: []int64{2}}},
		"alone, and it ended":   {[]Report{negative}, "2026-01-01", want{class: None}},
		"after the other ended": {[]Report{institutional(t, 1).with(func(r *Report) { r.To = day(t, "2022-06-30") }), negative}, "2024-01-01", want{class: Adverse, reports: []int64{2}}},
	} {
		check(t, name, sampleWorld(t, test.reports...).Evaluate(university, day(t, test.day), atSix), test.want)
	}
}

func TestCoveragePlatformOnly(t *testing.T) {
	r := programmatic(t, 1).with(micro).with(func(r *Report) { r.Platforms = []int64{platform} })
	c := sampleWorld(t, r)
	for _, s := range []Scope{{}, ofGlass, {Programme: glass}} {
		check(t, "platform", c.Evaluate(platform, day(t, "2021-01-01"), s), want{class: None, says: "platform: a platform"})
	}
	check(t, "provider", c.Evaluate(university, day(t, "2021-01-01"), ofGlass), want{class: OfficialAccredited, awards: "microcredential", reports: []int64{1}})
	c.Policy.Reach[ViaPlatform] = ReachAll // not even a policy can
	check(t, "platform", c.Evaluate(platform, day(t, "2021-01-01"), ofGlass), want{class: None, says: "platform: a platform"})
	if p := c.Periods(platform); len(p) != 0 {
		t.Errorf("%+v", p)
	}
}

func TestCoverageAlliance(t *testing.T) {
	on := func(r *Report) { r.Institutions = []int64{alliance} }
	c := sampleWorld(t, programmatic(t, 1).with(on), institutional(t, 2).with(on))
	check(t, "before the relation", c.Evaluate(university, day(t, "2020-12-31"), ofGlass), want{class: None})
	check(t, "programme", c.Evaluate(university, day(t, "2021-01-01"), ofGlass),
		want{class: OfficialAccredited, awards: "degree", reports: []int64{1}, via: ViaAlliance, boundary: true})
	check(t, "the whole", c.Evaluate(university, day(t, "2021-01-02"), atSix), want{class: None, says: "alliance: by the policy"})
	check(t, "the alliance itself", c.Evaluate(alliance, day(t, "2021-01-02"), atSix), want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{2}, via: ViaDirect})
	// A report on a member is none on the alliance.
	c = sampleWorld(t, institutional(t, 1))
	check(t, "of a member", c.Evaluate(alliance, day(t, "2021-01-02"), atSix), want{class: None})
}

func TestCoverageSubunit(t *testing.T) {
	on := func(r *Report) { r.Institutions = []int64{faculty} }
	c := sampleWorld(t, programmatic(t, 1).with(on), institutional(t, 2).with(on))
	check(t, "within the relation", c.Evaluate(university, day(t, "2022-12-31"), ofGlass), want{class: OfficialAccredited, awards: "degree", reports: []int64{1}, via: ViaSubunit, boundary: true})
	check(t, "after the relation", c.Evaluate(university, day(t, "2023-01-01"), ofGlass), want{class: Lapsed, reports: []int64{1}})
	check(t, "the whole", c.Evaluate(university, day(t, "2021-01-01"), atSix), want{class: None, says: "subunit: by the policy"})
	c = sampleWorld(t, institutional(t, 1))
	check(t, "a faculty inherits nothing", c.Evaluate(faculty, day(t, "2021-01-01"), atSix), want{class: None})
}

func TestCoveragePredecessor(t *testing.T) {
	on := func(r *Report) { r.Institutions = []int64{old} }
	c := sampleWorld(t, institutional(t, 1).with(on))
	check(t, "old", c.Evaluate(old, day(t, "2022-04-30"), atSix), want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, via: ViaDirect, boundary: true})
	check(t, "old, closed", c.Evaluate(old, day(t, "2022-05-01"), atSix), want{class: Lapsed, reports: []int64{1}, says: "did not exist"})
	check(t, "new, before", c.Evaluate(successor, day(t, "2022-04-30"), atSix), want{class: None})
	check(t, "new", c.Evaluate(successor, day(t, "2022-05-01"), atSix), want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, via: ViaPredecessor, boundary: true})
	check(t, "new, later", c.Evaluate(successor, day(t, "2025-12-31"), atSix), want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, via: ViaPredecessor, boundary: true})
	i := *c.World.Institution(successor)
	i.History = []Succession{{Institution: old, Type: "succeeded"}}
	c.World.AddInstitution(i, Provenance{})
	check(t, "no day", c.Evaluate(successor, day(t, "2023-05-01"), atSix), want{class: None, says: "day of the succession"})
}

func TestCoverageOtherProvider(t *testing.T) {
	on := func(r *Report) { r.Institutions, r.Status = []int64{academy}, Voluntary }
	whole := sampleWorld(t, institutional(t, 1).with(on))
	check(t, "the whole", whole.Evaluate(academy, day(t, "2021-01-01"), Scope{}), want{class: ESGVoluntary, awards: "microcredential", reports: []int64{1}})
	check(t, "no degree", whole.Evaluate(academy, day(t, "2021-01-01"), atSix), want{class: ESGVoluntary, awards: "microcredential", reports: []int64{1}})
	named := sampleWorld(t, programmatic(t, 1).with(on).with(micro))
	check(t, "a micro-credential", named.Evaluate(academy, day(t, "2021-01-01"), ofGlass), want{class: ESGVoluntary, awards: "microcredential", reports: []int64{1}})
	check(t, "another one", named.Evaluate(academy, day(t, "2021-01-01"), Scope{Programme: ProgrammeKey{Scheme: "local identifier", Agency: "SQA", Value: "G2"}}), want{class: None})
	check(t, "the whole by a programme", named.Evaluate(academy, day(t, "2021-01-01"), Scope{}), want{class: None})
	claimed := sampleWorld(t, programmatic(t, 1).with(func(r *Report) { r.Institutions = []int64{academy} }))
	check(t, "a degree, said to be obligatory", claimed.Evaluate(academy, day(t, "2021-01-01"), ofGlass), want{class: ESGVoluntary, reports: []int64{1}, says: "cannot be"})
	// A voluntary report on a university allows nothing.
	voluntary := sampleWorld(t, institutional(t, 1).with(func(r *Report) { r.Status = Voluntary }))
	check(t, "a university", voluntary.Evaluate(university, day(t, "2021-01-01"), Scope{}), want{class: ESGVoluntary, reports: []int64{1}})
}

func TestCoverageLevelMismatch(t *testing.T) {
	c := sampleWorld(t, institutional(t, 1), programmatic(t, 2))
	check(t, "not the institution's", c.Evaluate(university, day(t, "2021-01-01"), Scope{Level: 8}), want{class: None})
	check(t, "not the programme's", c.Evaluate(university, day(t, "2021-01-01"), Scope{Level: 6, Programme: glass}), want{class: None})
	check(t, "no level", c.Evaluate(university, day(t, "2021-01-01"), Scope{Award: AwardDegree}), want{class: OfficialAccredited, awards: "microcredential", reports: []int64{1}})
	i := *c.World.Institution(university)
	i.Levels = []LevelSpan{{Level: 6, Span: Span{From: day(t, "2022-01-01"), To: day(t, "2022-12-31")}}}
	c.World.AddInstitution(i, Provenance{})
	check(t, "level not yet", c.Evaluate(university, day(t, "2021-12-31"), atSix), want{class: None})
	check(t, "level", c.Evaluate(university, day(t, "2022-12-31"), atSix), want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}})
	check(t, "level ended", c.Evaluate(university, day(t, "2023-01-01"), atSix), want{class: Lapsed, reports: []int64{1}})
}

func TestCoverageAgencyExpiredAfterReport(t *testing.T) {
	by := func(r *Report) { r.Agency, r.AgencyName = 2, "XQA" }
	c := sampleWorld(t, institutional(t, 1).with(by), institutional(t, 2).with(by).with(func(r *Report) { r.From = day(t, "2021-07-01") }))
	check(t, "while registered", c.Evaluate(university, day(t, "2021-06-30"), atSix), want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}})
	check(t, "later", c.Evaluate(university, day(t, "2023-01-01"), atSix), want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, says: "no longer registered since 2021-07-01"})
	check(t, "report after the registration", sampleWorld(t, institutional(t, 2).with(by).with(func(r *Report) { r.From = day(t, "2021-07-01") })).Evaluate(university, day(t, "2023-01-01"), atSix),
		want{class: None, says: "not registered with EQAR on its first day"})
	check(t, "no agency", sampleWorld(t, institutional(t, 2).with(func(r *Report) { r.Agency, r.AgencyName = 77, "" })).Evaluate(university, day(t, "2023-01-01"), atSix),
		want{class: None, says: "registration of its agency"})
}

func TestCoverageDecisions(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Report)
		want   want
	}{
		"conditions":     {func(r *Report) { r.Decision = PositiveWithConditions }, want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}, says: "positive with conditions"}},
		"not applicable": {func(r *Report) { r.Decision = NotApplicable }, want{class: OfficialEvaluated, awards: "degree microcredential", reports: []int64{1}}},
		"none":           {func(r *Report) { r.Decision = 0 }, want{class: None, says: "report 1: its decision"}},
		"no status":      {func(r *Report) { r.Status = 0 }, want{class: None, says: "report 1: its status"}},
		"no flag":        {func(r *Report) { r.Flag = 0 }, want{class: None, says: "report 1: its flag"}},
		"no first day":   {func(r *Report) { r.From = 0 }, want{class: None, says: "report 1: its first day"}},
		"no activity":    {func(r *Report) { r.Activities = nil }, want{class: None, says: "type of its activity"}},
		"strange":        {func(r *Report) { r.Activities = []ActivityType{InstitutionalActivity, 0} }, want{class: None, says: "type of its activity"}},
		"mixed":          {func(r *Report) { r.Activities = []ActivityType{MixedActivity} }, want{class: None, says: "its programmes"}},
		"programme":      {func(r *Report) { r.Activities = []ActivityType{ProgrammeActivity} }, want{class: None, says: "its programmes"}},
	} {
		r := sampleWorld(t, institutional(t, 1).with(test.change)).Evaluate(university, day(t, "2021-01-01"), atSix)
		check(t, name, r, test.want)
		if r.Undecided() != (test.want.class == None) {
			t.Errorf("%s: undecided %v", name, r.Undecided())
		}
	}
}

func TestCoverageNamedProgrammesOnly(t *testing.T) {
	for _, a := range []ActivityType{ProgrammeActivity, JointProgrammeActivity, MixedActivity, InstitutionalActivity} {
		c := sampleWorld(t, programmatic(t, 1).with(func(r *Report) { r.Activities = []ActivityType{a} }))
		check(t, a.String(), c.Evaluate(university, day(t, "2021-01-01"), ofGlass), want{class: OfficialAccredited, awards: "degree", reports: []int64{1}})
		check(t, a.String(), c.Evaluate(university, day(t, "2021-01-01"), atSeven), want{class: None})
	}
	c := sampleWorld(t, programmatic(t, 1).with(func(r *Report) { r.Programmes[0].Degree, r.Programmes[0].Type = Unsaid, 0 }))
	check(t, "degree unsaid", c.Evaluate(university, day(t, "2021-01-01"), ofGlass), want{class: OfficialAccredited, reports: []int64{1}, says: "gives a degree"})
	c = sampleWorld(t, programmatic(t, 1).with(func(r *Report) { r.Programmes[0].Level = 0 }))
	check(t, "level unsaid", c.Evaluate(university, day(t, "2021-01-01"), ofGlass), want{class: None, says: "level of the programme"})
	c = sampleWorld(t, programmatic(t, 1).with(micro).with(func(r *Report) { r.Programmes[0].Type, r.Programmes[0].ECTS = OtherProvision, "90" }))
	check(t, "other provision", c.Evaluate(university, day(t, "2021-01-01"), ofGlass), want{class: OfficialAccredited, reports: []int64{1}})
	c = sampleWorld(t, programmatic(t, 1).with(func(r *Report) { r.Programmes[0].Identifiers = nil }))
	r := c.World.Report(1)
	key := r.Keys(&r.Programmes[0])[0]
	check(t, "without identifier", c.Evaluate(university, day(t, "2021-01-01"), Scope{Level: 7, Programme: key}), want{class: OfficialAccredited, awards: "degree", reports: []int64{1}})
	check(t, "by name", c.Evaluate(university, day(t, "2021-01-01"), Scope{Level: 7, Programme: ProgrammeKey{Value: "Sample Glass"}}), want{class: None})
}

func TestCoverageSeats(t *testing.T) {
	c := sampleWorld(t, institutional(t, 1))
	in := func(country string) Scope { return Scope{Level: 6, Country: country} }
	r := c.Evaluate(university, day(t, "2021-01-01"), in("DE"))
	check(t, "seat", r, want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}})
	if !slices.Equal(r.Jurisdiction, []string{"DE"}) {
		t.Error(r.Jurisdiction)
	}
	r = c.Evaluate(university, day(t, "2021-01-01"), in("AT"))
	check(t, "not verified", r, want{class: None, reports: []int64{1}, says: "no verified seat in AT"})
}

// TestCoverageOfCSVAlone: the file has neither flags nor levels, so that it confers nothing,
// and that is said.
func TestCoverageOfCSVAlone(t *testing.T) {
	all, err := readReports(reportsHeader + "1,SQA,institutional,part of obligatory EQA system,positive,2020-01-01,,DEQARINST0001,,\n" +
		"2,SQA,institutional,part of obligatory EQA system,negative,2022-01-01,2022-12-31,DEQARINST0001,,\n")
	if err != nil {
		t.Fatal(err)
	}
	c := sampleWorld(t, all...)
	r := c.Evaluate(university, day(t, "2021-01-01"), atSix)
	check(t, "positive", r, want{class: None, says: "report 1: its flag"})
	if !r.Undecided() {
		t.Error("decided by the CSV alone")
	}
	check(t, "negative", c.Evaluate(university, day(t, "2022-06-01"), atSix), want{class: Adverse, reports: []int64{2}})
}

func TestCoverageContradictedByNewerCSV(t *testing.T) {
	csv := institutional(t, 1).with(func(r *Report) { r.Source, r.Flag, r.Decision = SourceCSV, 0, Negative })
	for _, newer := range []bool{true, false} {
		for _, csvFirst := range []bool{true, false} {
			c := sampleWorld(t)
			checked := day(t, "2024-01-02").Time()
			seen := day(t, "2024-01-01").Time()
			if newer {
				seen = day(t, "2024-01-03").Time()
			}
			add := func() { c.World.AddReport(csv, Provenance{Source: SourceCSV, Known: seen}) }
			if csvFirst {
				add()
			}
			c.World.AddReport(institutional(t, 1), Provenance{Source: SourceAPI, Known: checked, Checked: checked, Digest: "digest-1"})
			if !csvFirst {
				add()
			}
			w := want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}}
			if newer {
				w = want{class: None, says: "agreement"}
			}
			check(t, fmt.Sprint(newer, csvFirst), c.Evaluate(university, day(t, "2021-01-01"), atSix), w)
		}
	}
}

// TestCoverageDoubtOfVanished: the Web API was not asked since the CSV file lost the report.
func TestCoverageDoubtOfVanished(t *testing.T) {
	for _, seen := range []string{"2024-01-01", "2024-01-02", "2024-01-03"} {
		c := sampleWorld(t)
		c.World.AddReport(institutional(t, 1), Provenance{Source: SourceAPI, Checked: day(t, "2024-01-02").Time(), Digest: "digest-1"})
		c.World.AddVanished(1, Provenance{Source: SourceCSV, Known: day(t, seen).Time()})
		w := want{class: OfficialAccredited, awards: "degree microcredential", reports: []int64{1}}
		if seen == "2024-01-03" {
			w = want{class: None, says: "agreement"}
		}
		check(t, seen, c.Evaluate(university, day(t, "2021-01-01"), atSix), w)
	}
}

// TestCoverageNegativeOfTheSameName: a name is no identity, so that it does not decide, but
// it is said.
func TestCoverageNegativeOfTheSameName(t *testing.T) {
	c := sampleWorld(t, programmatic(t, 1), programmatic(t, 2).with(func(r *Report) {
		r.Decision, r.From = Negative, day(t, "2022-01-01")
		r.Programmes[0].Identifiers = []Identifier{{Scheme: glass.Scheme, Agency: "XQA", Value: "other"}}
	}))
	check(t, "newer", c.Evaluate(university, day(t, "2022-01-02"), ofGlass), want{class: OfficialAccredited, awards: "degree", reports: []int64{1}, says: "same name"})
	if r := c.Evaluate(university, day(t, "2021-12-31"), ofGlass); len(r.Notes) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestCoverageOfNobody(t *testing.T) {
	r := sampleWorld(t).Evaluate(4711, day(t, "2021-01-01"), atSix)
	check(t, "nobody", r, want{class: None, says: "says nothing against it"})
	if r.Undecided() {
		t.Error("undecided")
	}
}
