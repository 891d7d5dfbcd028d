"""The grammar of questions: filter, period, group, grain, compare, order; it knows no business."""
