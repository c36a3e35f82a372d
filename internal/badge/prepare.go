package badge

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// Contexts are the contexts of every badge that Laurel issues (OB §C.1).
func Contexts() []string { return []string{schemas.CredentialsV2, schemas.OpenBadges303} }

// Prepare judges a badge by the schema of Open Badges 3.0 and by the rules that no schema
// can hold, and makes it ready to be signed.
func Prepare(c Credential) (vc.Prepared, error) {
	if err := checkResults(c.Subject); err != nil {
		return vc.Prepared{}, err
	}
	return vc.Prepare(c, conforms(schemas.AchievementCredential))
}

func conforms(s schemas.Schema) vc.Judge {
	return func(document strictjson.Value) error {
		if Fits(s, document) {
			return nil
		}
		if violations := schemas.Validate(s, document.Tree()); len(violations) > 0 {
			return fmt.Errorf("not a conforming badge: %s", violations[0])
		}
		return nil
	}
}

// checkResults holds each result to the description that it names (OB §B.1.17): the
// description exists, a Status has a status, a value is allowed, a level exists.
func checkResults(s Subject) error {
	descriptions := map[string]ResultDescription{}
	for _, d := range s.Achievement.ResultDescription {
		descriptions[d.ID] = d
	}
	for _, r := range s.Result {
		if r.ResultDescription == "" {
			continue
		}
		d, ok := descriptions[r.ResultDescription]
		if !ok {
			return fmt.Errorf("the result names a description, %q, that the achievement does not have", r.ResultDescription)
		}
		if err := d.admits(r); err != nil {
			return fmt.Errorf("result %q: %w", d.Name, err)
		}
	}
	return nil
}

func (d ResultDescription) admits(r Result) error {
	if d.ResultType == "Status" && r.Status == "" {
		return errors.New("its kind is Status, so it needs a status")
	}
	if r.Value != "" && len(d.AllowedValue) > 0 && !slices.Contains(d.AllowedValue, r.Value) {
		return fmt.Errorf("the value %q is not among those allowed", r.Value)
	}
	if err := d.inRange(r.Value); err != nil {
		return err
	}
	if r.AchievedLevel == "" {
		return nil
	}
	for _, level := range d.RubricCriterionLevel {
		if level.ID == r.AchievedLevel {
			return nil
		}
	}
	return fmt.Errorf("the level %q is not in its rubric", r.AchievedLevel)
}

// numeric are the kinds of result whose values are numbers (OB §B.2.4).
var numeric = []string{"GradePointAverage", "Percent", "RawScore", "ScaledScore"}

// inRange holds a number to the description's least and greatest value, a percentage to 0
// and 100 where it names none.
func (d ResultDescription) inRange(value string) error {
	if value == "" || !slices.Contains(numeric, d.ResultType) {
		return nil
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil || !decimal.MatchString(value) {
		return fmt.Errorf("the value %q is not a number such as 87.5, without a sign or unit", value)
	}
	least, most := d.ValueMin, d.ValueMax
	if d.ResultType == "Percent" {
		least, most = cmp.Or(least, "0"), cmp.Or(most, "100")
	}
	if limit, err := strconv.ParseFloat(least, 64); err == nil && number < limit {
		return fmt.Errorf("the value %s is below the least one, %s", value, least)
	}
	if limit, err := strconv.ParseFloat(most, 64); err == nil && number > limit {
		return fmt.Errorf("the value %s is above the greatest one, %s", value, most)
	}
	return nil
}

var decimal = regexp.MustCompile(`^-?[0-9]{1,12}(\.[0-9]{1,6})?$`)
