package badge

import (
	"fmt"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// CheckAchievement says why an achievement does not conform (OB §B.1.1), or nil.
func CheckAchievement(a Achievement) error {
	raw, err := vc.Marshal(a)
	if err != nil {
		return err
	}
	document, err := strictjson.ReadObject(raw, strictjson.Limits{})
	if err != nil {
		return err
	}
	if violations := schemas.Validate(schemas.Achievement, document.Tree()); len(violations) > 0 {
		return fmt.Errorf("%s", violations[0])
	}
	for _, d := range a.ResultDescription {
		if d.ResultType == "RubricCriterionLevel" && len(d.RubricCriterionLevel) == 0 {
			return fmt.Errorf("the result %q needs its rubric levels", d.Name)
		}
	}
	return nil
}

// withContext writes a class of OB as a JSON-LD document of its own.
func withContext(v any) ([]byte, error) {
	class, err := vc.Marshal(v)
	if err != nil {
		return nil, err
	}
	contexts, err := vc.Marshal(Contexts())
	if err != nil {
		return nil, err
	}
	raw := append(append([]byte(`{"@context":`), contexts...), ',')
	raw = append(raw, class[1:]...)
	document, err := strictjson.ReadObject(raw, strictjson.Limits{})
	if err != nil {
		return nil, err
	}
	if _, err := jsonld.Pinned().Read(document); err != nil {
		return nil, err
	}
	return raw, nil
}

// AchievementDocument returns an achievement as a JSON-LD document.
func AchievementDocument(a Achievement) ([]byte, error) { return withContext(a) }

// ProfileDocument returns a profile as a JSON-LD document.
func ProfileDocument(p Profile) ([]byte, error) { return withContext(p) }
