package deqar

import (
	"cmp"
	"slices"

	"laurel/internal/strictjson"
)

// ReadInstitution reads the detail of an institution.
func ReadInstitution(raw []byte) (Institution, error) {
	f, err := readFields(raw, detailLimits)
	if err != nil {
		return Institution{}, err
	}
	i := Institution{
		ID: f.number("id"), ETER: f.eter(), Name: f.text("name_primary"), Website: f.text("website_link"),
		Founded: f.day("founding_date"), Closed: f.day("closure_date"),
		OtherProvider: f.known("is_other_provider"), Alliance: f.known("is_orgreg_alliance"), Source: SourceAPI,
	}
	for item := range f.list("names") {
		i.Names = append(i.Names, item.name())
	}
	for item := range f.list("identifiers") {
		i.Identifiers = append(i.Identifiers, Identifier{
			Scheme: item.text("resource"), Agency: item.agencyOfIdentifier(), Value: item.text("identifier"),
			Span: item.span("identifier_valid_from", "identifier_valid_to"),
		})
	}
	slices.SortFunc(i.Identifiers, compareIdentifiers) // DEQAR has no order of them
	for item := range f.list("countries") {
		i.Places = append(i.Places, Place{
			Country: item.country(item.v.Member("country")), City: item.text("city"), Verified: item.known("country_verified"),
			Span: item.span("country_valid_from", "country_valid_to"),
		})
	}
	for item := range f.list("qf_ehea_levels") {
		i.Levels = append(i.Levels, LevelSpan{
			Level: ParseLevel(item.text("qf_ehea_level")), Source: item.text("qf_ehea_level_source"),
			Span: item.span("qf_ehea_level_valid_from", "qf_ehea_level_valid_to"),
		})
	}
	hierarchy := f.within("hierarchical_relationships")
	i.Includes, i.PartOf = hierarchy.relations("includes"), hierarchy.relations("part_of")
	i.History = f.history()
	if i.Name == "" && len(i.Names) > 0 {
		i.Name = i.current().Primary()
	}
	return i, f.row("institution", i.ID)
}

func compareIdentifiers(a, b Identifier) int {
	return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Agency, b.Agency), cmp.Compare(a.Value, b.Value), cmp.Compare(a.From, b.From))
}

// eter is the institution's number in ETER, which the detail of old gives with the name.
func (f fields) eter() string {
	if f.has("eter_id") {
		return f.text("eter_id")
	}
	text := f.text("eter")
	for n := range len(text) {
		if text[n] == ' ' {
			return text[:n]
		}
	}
	return text
}

func (f fields) name() Name {
	n := Name{
		Official: f.text("name_official"), Transliterated: f.text("name_official_transliterated"),
		English: f.text("name_english"), Acronym: f.text("acronym"), To: f.day("name_valid_to"),
	}
	for item := range f.list("name_versions") {
		n.Versions = append(n.Versions, NameVersion{item.text("name"), item.text("transliteration")})
	}
	return n
}

// agencyOfIdentifier is whose local identifier this is, as a name or an object.
func (f fields) agencyOfIdentifier() string {
	if f.v.Member("agency").Is(strictjson.Object) {
		return f.within("agency").text("acronym_primary")
	}
	return f.text("agency")
}

// relations reads what is above or below. What leads to no institution is nothing.
func (f fields) relations(name string) (all []Relation) {
	for item := range f.list(name) {
		if id := item.within("institution").number("id"); id != 0 {
			all = append(all, Relation{Institution: id, Type: item.text("relationship_type"), Span: item.span("valid_from", "valid_to")})
		}
	}
	return all
}

func (f fields) history() (all []Succession) {
	for item := range f.list("historical_relationships") {
		if id := item.within("institution").number("id"); id != 0 {
			all = append(all, Succession{Institution: id, Type: item.text("relationship_type"), Date: item.day("relationship_date")})
		}
	}
	return all
}

// Primary is the form of the name that DEQAR puts first: English where there is one.
func (n Name) Primary() string {
	if n.English != "" {
		return n.English
	}
	return n.Official
}

// current is the name in use, or the one that was last.
func (i *Institution) current() Name {
	last := i.Names[0]
	for _, n := range i.Names[1:] {
		if last.To != 0 && (n.To == 0 || n.To > last.To) {
			last = n
		}
	}
	return last
}
