package badge

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// Contexts are the contexts of every badge that Laurel issues (OB §C.1).
func Contexts() []string { return []string{schemas.CredentialsV2, schemas.OpenBadges303} }

// Prepare judges a badge by the schema of Open Badges 3.0 and by the rules that no schema
// can hold, and makes it ready to be signed.
func Prepare(c Credential) (vc.Prepared, error) { return vc.Prepare(c, judges...) }

// NewTemplate returns the template that a badge is for others that differ from it in the
// texts of some places; each is judged as Prepare judges.
func NewTemplate(base vc.Prepared, places []strictjson.Value) (*vc.Template, error) {
	return vc.NewTemplate(base, places, judges...)
}

var judges = []vc.Judge{checkResults, conforms(schemas.AchievementCredential)}

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
func checkResults(document strictjson.Value) error {
	subject := document.Member("credentialSubject")
	for r := range subject.Member("result").Listed() {
		name := r.Member("resultDescription").Text()
		if name == "" {
			continue
		}
		d := identified(subject.Member("achievement").Member("resultDescription"), name)
		if !d.Present() {
			return fmt.Errorf("the result names a description, %q, that the achievement does not have", name)
		}
		if err := admits(d, r); err != nil {
			return fmt.Errorf("result %q: %w", d.Member("name").Text(), err)
		}
	}
	return nil
}

// identified returns the first of some objects that has an id.
func identified(objects strictjson.Value, id string) strictjson.Value {
	for o := range objects.Listed() {
		if o.Member("id").Text() == id {
			return o
		}
	}
	return strictjson.Value{}
}

// admits holds a result to its description.
func admits(d, r strictjson.Value) error {
	if d.Member("resultType").Text() == "Status" && r.Member("status").Text() == "" {
		return errors.New("its kind is Status, so it needs a status")
	}
	value, allowed := r.Member("value").Text(), d.Member("allowedValue")
	if value != "" && allowed.Len() > 0 && !contains(allowed, value) {
		return fmt.Errorf("the value %q is not among those allowed", value)
	}
	if err := inRange(d, value); err != nil {
		return err
	}
	if level := r.Member("achievedLevel").Text(); level != "" && !identified(d.Member("rubricCriterionLevel"), level).Present() {
		return fmt.Errorf("the level %q is not in its rubric", level)
	}
	return nil
}

func contains(list strictjson.Value, text string) bool {
	for item := range list.Listed() {
		if item.Text() == text {
			return true
		}
	}
	return false
}

// numeric are the kinds of result whose values are numbers (OB §B.2.4).
var numeric = []string{"GradePointAverage", "Percent", "RawScore", "ScaledScore"}

// inRange holds a number to the description's least and greatest value, a percentage to 0
// and 100 where it names none.
func inRange(d strictjson.Value, value string) error {
	kind := d.Member("resultType").Text()
	if value == "" || !slices.Contains(numeric, kind) {
		return nil
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil || !decimal().MatchString(value) {
		return fmt.Errorf("the value %q is not a number such as 87.5, without a sign or unit", value)
	}
	least, most := d.Member("valueMin").Text(), d.Member("valueMax").Text()
	if kind == "Percent" {
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

var decimal = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-?[0-9]{1,12}(\.[0-9]{1,6})?$`) })
