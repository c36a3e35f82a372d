package deqartest

import "fmt"

// object is a JSON object as the Web API writes one.
type object map[string]any

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func country(code string) object {
	c := countries[code]
	return object{"id": c.id, "url": fmt.Sprintf("https://backend.example/webapi/v1/browse/countries/%d/", c.id), "name_english": c.name, "iso_3166_alpha2": code, "ehea_is_member": true}
}

func (a *Agency) row() object {
	return object{
		"id": a.ID, "url": fmt.Sprintf("https://backend.example/webapi/v1/browse/agencies/%d/", a.ID), "deqar_id": a.DeqarID,
		"name_primary": a.Name, "acronym_primary": a.Acronym, "country": country(a.Country), "registration_start": a.Start, "registration_valid_to": orNull(a.End),
		"activities": []object{{"id": a.ActivityID, "group_id": 1, "activity": "Sample activity", "activity_type": "institutional", "activity_valid_to": nil}},
	}
}

func (a *Agency) detail() object {
	o := a.row()
	o["is_registered"] = a.Registered
	o["contact_person"], o["emails"] = a.ContactMustNotBe, []object{{"email": "person@agency.example"}}
	return o
}

func (i *Institution) hit() object {
	return object{
		"id": fmt.Sprint(i.ID), "deqar_id": fmt.Sprintf("DEQARINST%04d", i.ID), "eter_id": orNull(i.ETER), "name_primary": i.English, "score": 1.5,
		"country": []string{countries[i.Country].name}, "qf_ehea_level": i.Levels, "founding_date": orNull(i.Founded),
	}
}

func relations(all []Relation) []object {
	list := []object{}
	for _, r := range all {
		list = append(list, object{"institution": object{"id": r.ID}, "relationship_type": r.Type, "valid_from": orNull(r.From), "valid_to": orNull(r.To)})
	}
	return list
}

func (i *Institution) detail(history bool) object {
	names := []object{{"name_official": i.Official, "name_official_transliterated": "", "name_english": i.English, "name_versions": []object{}, "acronym": "S", "name_valid_to": nil}}
	levels := []object{}
	level := func(cycle string, to any) {
		levels = append(levels, object{"qf_ehea_level": cycle, "qf_ehea_level_source": "sample", "qf_ehea_level_source_note": "", "qf_ehea_level_valid_from": "2000-01-01", "qf_ehea_level_valid_to": to})
	}
	for _, cycle := range i.Levels {
		level(cycle, nil)
	}
	if history && i.EndedLevel != "" {
		level(i.EndedLevel, "2009-12-31")
	}
	if history && i.EndedName != "" {
		names = append(names, object{"name_official": i.EndedName, "name_english": "", "name_versions": []object{}, "name_valid_to": "1990-12-31"})
	}
	places, identifiers, before := []object{}, []object{}, []object{}
	for n, city := range i.Cities {
		places = append(places, object{"country": country(i.Country), "city": city, "lat": 50.3, "long": nil, "country_verified": n == 0, "country_valid_from": "1900-01-01", "country_valid_to": nil})
	}
	for scheme, value := range i.Identifiers {
		identifiers = append(identifiers, object{"resource": scheme, "identifier": value, "agency": nil, "identifier_valid_from": "2010-01-01", "identifier_valid_to": nil})
	}
	for _, r := range i.Before {
		before = append(before, object{"institution": object{"id": r.ID}, "relationship_type": "succeeded", "relationship_date": r.From})
	}
	return object{
		"id": i.ID, "eter_id": orNull(i.ETER), "identifiers": identifiers, "website_link": orNull(i.Website), "names": names, "countries": places,
		"founding_date": orNull(i.Founded), "closure_date": orNull(i.Closed), "historical_relationships": before,
		"hierarchical_relationships": object{"includes": relations(i.Children), "part_of": relations(i.Parents)},
		"qf_ehea_levels":             levels, "is_other_provider": i.Other, "is_orgreg_alliance": i.Alliance, "historical_data": []object{},
	}
}

// programmes gives each programme another number whenever it is asked: they are not stable.
func (s *Server) programmes(r *Report, boolean bool) []object {
	list := []object{}
	for _, p := range r.Programmes {
		s.programme++
		outcome := any(object{"id": 2, "outcome": "No full degree"})
		if p.Degree {
			outcome = object{"id": 1, "outcome": "Full degree"}
		}
		if boolean {
			outcome = p.Degree
		}
		identifiers := []object{}
		if p.Identifier != "" {
			identifiers = append(identifiers, object{"identifier": p.Identifier, "agency": s.World.Agencies[r.Agency].Acronym, "resource": "local identifier"})
		}
		list = append(list, object{
			"id": s.programme, "name_primary": p.Name, "programme_names": []object{{"name": p.Name, "name_is_primary": true, "qualification": p.Qualification}},
			"programme_identifiers": identifiers, "nqf_level": "", "qf_ehea_level": p.Cycle, "programme_type": orNull(p.Type), "degree_outcome": outcome,
			"workload_ects": p.ECTS, "assessment_certification": nil, "field_study": "http://data.europa.eu/esco/isced-f/0215", "countries": []string{},
		})
	}
	return list
}

func (s *Server) institutions(ids []int64) []object {
	list := []object{}
	for _, id := range ids {
		list = append(list, object{"id": id, "deqar_id": fmt.Sprintf("DEQARINST%04d", id), "name_primary": "Sample", "website_link": ""})
	}
	return list
}

func (s *Server) reportHit(r *Report) object {
	a := s.World.Agencies[r.Agency]
	o := object{
		"id": fmt.Sprint(r.ID), "agency": object{"id": a.ID, "acronym_primary": a.Acronym}, "agency_acronym": a.Acronym, "contributing_agencies": []object{},
		"agency_esg_activities": []object{{"id": a.ActivityID, "group_id": 1, "type": r.Type}}, "institutions": s.institutions(r.Institutions),
		"platforms": s.institutions(r.Platforms), "programmes": s.programmes(r, true), "decision": r.Decision, "status": r.Status, "valid_from": r.From + "T00:00:00Z", "valid_to": nil,
		"date_updated": fmt.Sprintf("2026-01-01T00:00:%02dZ", r.Updated%60), "flag_level": r.Flag, "score": 1.0,
	}
	if r.To != "" {
		o["valid_to"] = r.To + "T00:00:00Z"
	}
	return o
}

func (s *Server) reportDetail(r *Report, boolean bool) object {
	a := s.World.Agencies[r.Agency]
	return object{
		"id": r.ID, "agency_name": a.Name, "agency_acronym": a.Acronym, "agency_id": a.ID, "agency_url": fmt.Sprintf("https://backend.example/webapi/v1/browse/agencies/%d/", a.ID),
		"contributing_agencies": []object{}, "agency_esg_activity": "Sample activity", "agency_esg_activity_type": r.Type,
		"agency_esg_activities": []object{{"id": a.ActivityID, "activity_type": r.Type}}, "institutions": s.institutions(r.Institutions),
		"institutions_hierarchical": []object{}, "institutions_historical": []object{}, "programmes": s.programmes(r, boolean), "platforms": s.institutions(r.Platforms),
		"report_valid": true, "valid_from": r.From, "valid_to": orNull(r.To), "status": r.Status, "decision": r.Decision, "flag": r.Flag,
	}
}
