import Classification
import JSON
import Network

/// The results of an evaluation as a table, as JSON and as CSV.
struct EvaluationReport {
  let evaluation: Evaluation
  /// The model's name.
  let model: String
  let crops: Int
  let unlabelled: Int
  /// The duration of the run.
  let seconds: Double
  let confusionsShown: Int

  private var imagesPerSecond: Double {
    seconds > 0 ? Double(evaluation.total.images) / seconds : 0
  }

  private var confusions: [Evaluation.Confusion] {
    evaluation.confusions(atMost: confusionsShown)
  }

  private func name(_ index: Int) -> String {
    DisplayText.printable(evaluation.labels[index].label)
  }
}

// MARK: - For people

extension EvaluationReport {
  func table(_ style: TextStyle) -> String {
    let total = evaluation.total
    var lines = [
      (
        "model",
        "\(model), \(evaluation.labels.count) classes, "
          + DisplayText.counted(crops, "crop")
      ),
      ("images", String(total.images)),
      ("failed", String(total.failed)),
      ("top-1", Self.text(total.top1)),
      ("top-5", Self.text(total.top5)),
      ("speed", DisplayText.fixed(imagesPerSecond, 1) + " images/s"),
    ].map { style.dim(DisplayText.padded($0, to: 8)) + DisplayText.printable($1) }
    let confusions = confusions
    if !confusions.isEmpty {
      let names = confusions.map { (truth: name($0.truth), predicted: name($0.predicted)) }
      let width = max(
        DisplayText.width("truth"), names.map { DisplayText.width($0.truth) }.max() ?? 0)
      lines += ["", style.bold("most confused")]
      lines.append(
        style.dim("times  " + DisplayText.padded("truth", to: width) + "  taken for"))
      lines += zip(confusions, names).map { confusion, names in
        DisplayText.rightAligned(String(confusion.count), to: 5) + "  "
          + DisplayText.padded(names.truth, to: width) + "  " + names.predicted
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// A proportion in percent, with its interval.
  private static func text(_ share: Proportion) -> String {
    guard let value = share.value, let interval = share.interval else { return "-" }
    return "\(DisplayText.percent(value, digits: 2))  (95% interval: "
      + "\(DisplayText.percent(interval.lowerBound, digits: 2)) to "
      + "\(DisplayText.percent(interval.upperBound, digits: 2)))"
  }
}

// MARK: - For scripts

extension EvaluationReport {
  var json: JSONValue {
    let total = evaluation.total
    return [
      "model": .string(model),
      "classes": .integer(evaluation.labels.count),
      "crops": .integer(crops),
      "images": .integer(total.images),
      "failed": .integer(total.failed),
      "unlabelled": .integer(unlabelled),
      "top1": total.top1.json,
      "top5": total.top5.json,
      "seconds": .float(Float(seconds)),
      "images_per_second": .float(Float(imagesPerSecond)),
      "confusions": .array(confusions.map(json)),
    ]
  }

  private func json(_ confusion: Evaluation.Confusion) -> JSONValue {
    [
      "count": .integer(confusion.count),
      "truth": json(class: confusion.truth),
      "predicted": json(class: confusion.predicted),
    ]
  }

  private func json(class index: Int) -> JSONValue {
    let label = evaluation.labels[index]
    return [
      "index": .integer(index),
      "wnid": label.wnid.map(JSONValue.string) ?? .null,
      "label": .string(label.label),
    ]
  }
}

// MARK: - For spreadsheets

extension EvaluationReport {
  /// A row for each class of the model, with or without images.
  var perClassCSV: String {
    let header = CSV.row([
      "index", "wnid", "label", "images", "failed", "top1_correct", "top5_correct",
      "top1_accuracy", "top5_accuracy", "taken_for_index", "taken_for", "taken_for_count",
    ])
    let commonest = evaluation.commonestConfusions
    return evaluation.classes.enumerated().reduce(into: header) { text, element in
      let (index, result) = element
      let label = evaluation.labels[index]
      let mistake = commonest[index]
      func accuracy(_ share: Proportion) -> String {
        share.value.map { Float($0).description } ?? ""
      }
      text += CSV.row([
        String(index), label.wnid ?? "", label.label, String(result.images),
        String(result.failed), String(result.top1.successes), String(result.top5.successes),
        accuracy(result.top1), accuracy(result.top5), mistake.map { String($0.predicted) } ?? "",
        mistake.map { evaluation.labels[$0.predicted].label } ?? "",
        mistake.map { String($0.count) } ?? "",
      ])
    }
  }
}
