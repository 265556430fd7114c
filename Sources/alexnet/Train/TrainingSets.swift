import Classification
import JSON
import Network
import System
import Training

/// The photos to learn from and those to measure with.
struct TrainingSets {
  let classes: [ClassLabel]
  private(set) var training: TrainingPhotos
  let validation: TrainingPhotos
  /// Photos that have an earlier copy.
  private let copies: Int
  /// Photos of another class than the one that they are copies of: how many, and one such pair.
  private let contradictions: (count: Int, photo: RawPath, original: RawPath)?
  /// Photos of the training data that are copies of validation photos, and were left out.
  private let leftOut: Int
  private let isSplit: Bool
  /// Whether classes may have no photo, as where a list of classes is given.
  private let allowsEmptyClasses: Bool

  /// - Parameters:
  ///   - validation: nil holds out a part of `photos`.
  ///   - heldOutShare: how large that part is; nil for the usual one.
  ///   - stop: ends the search for copies.
  init(
    classes: [ClassLabel], photos: TrainingPhotos, validation: TrainingPhotos?,
    heldOutShare: Double?, allowsEmptyClasses: Bool, stop: StopFlag
  ) {
    self.allowsEmptyClasses = allowsEmptyClasses
    self.classes = classes
    isSplit = validation == nil
    let everything = validation.map { photos.merging($0) } ?? photos
    let groups = everything.copyGroups { stop.isRaised }
    if let validation {
      // A photo to measure with must not be learned.
      let first = photos.photos.count
      let held = Set(groups.representative[first...])
      let kept = photos.photos.indices.filter { !held.contains(groups.representative[$0]) }
      training = photos.selecting(kept)
      self.validation = validation
      leftOut = first - kept.count
    } else {
      let split = ValidationSplit(
        classes: photos.classes, contentKeys: photos.photos.map(\.contentKey), groups: groups,
        share: heldOutShare ?? ValidationSplit.share)
      let indices = photos.photos.indices
      training = photos.selecting(indices.filter { !split.isValidation[$0] })
      // Their pictures are prepared otherwise than those in memory.
      self.validation = photos.selecting(indices.filter { split.isValidation[$0] })
        .keepingPictures(atMost: 0)
      leftOut = 0
    }
    copies = groups.copies
    let all = everything.photos.map(\.photo)
    let pairs = zip(all, groups.representative.map { all[$0] }).filter {
      $0.classIndex != $1.classIndex
    }
    contradictions = pairs.first.map { (pairs.count, $0.path, $1.path) }
  }

  /// Leaves room in memory for something else than pictures.
  mutating func keepPictures(atMost bytes: Int) {
    training = training.keepingPictures(atMost: bytes)
  }

  /// The photos to measure with, as JSON Lines: which they are and what they show. The paths are
  /// absolute, so that `--validation` can read the list from anywhere. It cannot read photos in a
  /// tar file.
  var validationList: [UInt8] {
    validation.photos.flatMap { usable in
      let path = usable.photo.path.absolute
      var members: [JSONValue.Member] = [.init("path", .string(path.repaired))]
      if !path.isUTF8 { members.append(.init("path_base64", .string(path.base64))) }
      let label = classes[usable.photo.classIndex]
      if let wnid = label.wnid { members.append(.init("wnid", .string(wnid))) }
      members.append(.init("label", .string(label.label)))
      return Array((JSONValue.object(members).compactText + "\n").utf8)
    }
  }

  /// Photos of each class to learn from.
  private var counts: [Int] {
    training.classes.reduce(into: Array(repeating: 0, count: classes.count)) { $0[$1] += 1 }
  }

  /// What was found, in a line each.
  func summary(_ listed: (training: LabelledPhotos, validation: LabelledPhotos?)) -> [String] {
    let counts = counts
    let (least, most) = (counts.min() ?? 0, counts.max() ?? 0)
    var lines = [
      "\(DisplayText.counted(training.photos.count, "photo")) of \(classes.count) classes to learn "
        + "from (\(least == most ? "\(least)" : "\(least) to \(most)") of each), "
        + "\(validation.photos.count) to measure with"
        + (isSplit ? ", held out of the data" : "")
    ]
    if copies > 0 {
      lines.append(
        DisplayText.counted(copies, "photo")
          + " \(copies == 1 ? "is a copy" : "are copies or near copies") of others; "
          + (leftOut > 0
            ? "\(leftOut) that \(leftOut == 1 ? "is" : "are") also among those to measure with "
              + "\(leftOut == 1 ? "is" : "are") not learned from"
            : "copies stay together"))
    }
    if let (count, photo, original) = contradictions {
      lines.append(
        "\(count) of them \(count == 1 ? "has" : "have") another class than the photo that "
          + "\(count == 1 ? "it is a copy" : "they are copies") of, such as "
          + "'\(photo.repaired)' and '\(original.repaired)'")
    }
    let failed =
      listed.training.failures.count + (listed.validation?.failures.count ?? 0)
      + training.failures.count + (isSplit ? 0 : validation.failures.count)
    if failed > 0 {
      lines.append(
        "\(DisplayText.counted(failed, "photo")) that cannot be read \(failed == 1 ? "is" : "are") "
          + "left out")
    }
    let others = listed.training.otherFiles + (listed.validation?.otherFiles ?? 0)
    if others > 0 { lines.append("\(DisplayText.counted(others, "other file")) skipped") }
    let unlabelled = listed.training.unlabelled + (listed.validation?.unlabelled ?? 0)
    if unlabelled > 0 {
      lines.append(
        "\(DisplayText.counted(unlabelled, "photo")) in no folder of a class skipped")
    }
    let measured = Set(validation.classes)
    let unmeasured = classes.indices.filter { !measured.contains($0) && counts[$0] > 0 }
    if !validation.photos.isEmpty, !unmeasured.isEmpty {
      lines.append(
        "classes that are not measured, since "
          + (isSplit ? "they have too few photos: " : "no photo to measure with is of them: ")
          + nameList(unmeasured.map { classes[$0].label }))
    }
    if least > 0, most >= 4 * least {
      lines.append(
        "the classes have very different numbers of photos; --balance lets each count the same")
    }
    return lines
  }

  /// Why nothing can be learned from these photos; nil where it can.
  var problem: String? {
    if classes.count < 2 {
      return "there is only one class ('\(classes.first?.label ?? "")'); at least two are needed, "
        + "each with a folder of its own in the folder of the data"
    }
    let empty = zip(classes, counts).filter { $0.1 == 0 }.map(\.0.label)
    if !empty.isEmpty, !allowsEmptyClasses {
      return "no photo is left to learn these classes from: " + nameList(empty)
    }
    if training.photos.isEmpty {
      return leftOut > 0
        ? "no photo is left to learn from: all that can be read are also among those to measure "
          + "with"
        : "there is no photo to learn from"
    }
    if validation.photos.isEmpty {
      return "there is no photo to measure with: each class needs at least two different photos, "
        + "or --validation names others"
    }
    return nil
  }
}
