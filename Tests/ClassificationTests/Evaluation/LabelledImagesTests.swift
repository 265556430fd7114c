import Classification
import Network
import System
import Testing

/// Folders and lists, run through a classifier whose files are numbers.
@Suite struct LabelledImagesTests {
  private let folder: TemporaryFolder
  private let root: RawPath
  private let classifier = Classifier.fake()
  private let classes = ClassNames(
    (0..<NumberPass.classes).map { ClassLabel(wnid: "n\($0)", label: "digit \($0)") })

  init() throws {
    folder = try TemporaryFolder()
    root = RawPath(folder.path)
  }

  /// Runs everything: what failed, and how often the class was right.
  private func evaluate(_ images: LabelledImages) -> Evaluation.ClassResult {
    var evaluation = Evaluation(labels: classes.labels)
    for (position, record) in classifier.records(images.source.inputs).records.enumerated() {
      guard let truth = images.classIndex(of: record, at: position) else { continue }
      evaluation.add(record.outcome, truth: truth)
    }
    return evaluation.total
  }

  @Test("a folder's name is the class of all that is below it")
  func folders() throws {
    for name in ["n1", "DIGIT_2/deep/er", "n3"] { try folder.folder(name) }
    try folder.file("n1/a.jpg", "1")
    try folder.file("n1/b.jpg", "2")
    try folder.file("DIGIT_2/deep/er/a.jpg", "2")
    try folder.file("n3/broken.jpg", "x")
    try folder.file("n3/notes.txt", "")
    try folder.file("nowhere.jpg", "1")
    for path in [root, RawPath(folder.path + "/")] {
      let images = try LabelledImages(folder: path, classes: classes)
      let result = evaluate(images)
      #expect(result.top1 == Proportion(successes: 2, trials: 3))
      #expect(result.failed == 1 && images.unlabelled == 1 && images.skipped.isEmpty)
    }
  }

  @Test("folders that are no class are named, or left out where that is asked for")
  func unknownFolders() throws {
    for name in ["n1", "train", "zebra"] { try folder.folder(name) }
    try folder.file("n1/a.jpg", "1")
    try folder.file("zebra/a.jpg", "1")
    #expect(throws: EvaluationError.unknownClasses(names: ["train", "zebra"], where: root)) {
      try LabelledImages(folder: root, classes: classes)
    }
    let images = try LabelledImages(folder: root, classes: classes, skipsUnknown: true)
    #expect(images.skipped == ["train", "zebra"])
    #expect(evaluate(images).top1 == Proportion(successes: 1, trials: 1))
  }

  @Test("where there is nothing to go by, the error says what there is")
  func noFolders() throws {
    #expect(throws: EvaluationError.emptyFolder(root)) {
      try LabelledImages(folder: root, classes: classes)
    }
    let file = try folder.file("a.jpg", "1")
    #expect(throws: EvaluationError.noClassFolders(root, images: 1)) {
      try LabelledImages(folder: root, classes: classes)
    }
    #expect(throws: EvaluationError.notAFolder(file)) {
      try LabelledImages(folder: file, classes: classes)
    }
    #expect(throws: EvaluationError.self) {
      try LabelledImages(folder: root.appending("no"), classes: classes)
    }
  }

  @Test("a list names the images, and those that are missing are failures")
  func list() throws {
    try folder.folder("sub")
    for name in ["a b.jpg", "sub/c.jpg", "odd.bmp", "unlisted.jpg"] { try folder.file(name, "4") }
    let list = try folder.file("val.txt", "a b.jpg 4\n./sub/c.jpg 5\n/odd.bmp n4\nmissing.jpg 4\n")
    let images = try LabelledImages(folder: root, listedIn: list, classes: classes)
    let result = evaluate(images)
    #expect(result.top1 == Proportion(successes: 2, trials: 3))
    #expect(result.failed == 1 && images.unlabelled == 1)
  }

  @Test("a folder in a list is one failure, and shifts nothing")
  func folderInList() throws {
    try folder.folder("x")
    for name in ["x/1.jpg", "x/2.jpg", "y.jpg"] { try folder.file(name, "7") }
    let list = try folder.file("val.txt", "x 1\ny.jpg 7\n")
    let result = evaluate(try LabelledImages(folder: root, listedIn: list, classes: classes))
    #expect(result.top1 == Proportion(successes: 1, trials: 1) && result.failed == 1)
  }

  @Test("classes alone go with the files in sorted order, and must be as many")
  func ordered() throws {
    for (name, content) in [("b.jpg", "2"), ("a.jpg", "1"), ("c.png", "3")] {
      try folder.file(name, content)
    }
    let list = try folder.file("truth.txt", "n1\nn2\nn3\n")
    let images = try LabelledImages(folder: root, listedIn: list, classes: classes)
    #expect(evaluate(images).top1 == Proportion(successes: 3, trials: 3))
    let short = try folder.file("short.txt", "n1\nn2\n")
    #expect(throws: EvaluationError.countMismatch(list: short, lines: 2, images: 3)) {
      try LabelledImages(folder: root, listedIn: short, classes: classes)
    }
  }

  @Test("images of unknown classes in a list are an error, or left out in both forms")
  func unknownInList() throws {
    for name in ["a.jpg", "b.jpg"] { try folder.file(name, "2") }
    for text in ["a.jpg n77\nb.jpg n2\n", "n2\nn77\n"] {
      let list = try folder.file("list.txt", text)
      #expect(throws: EvaluationError.unknownClasses(names: ["n77"], where: list)) {
        try LabelledImages(folder: root, listedIn: list, classes: classes)
      }
      let images = try LabelledImages(
        folder: root, listedIn: list, classes: classes, skipsUnknown: true)
      #expect(evaluate(images).top1 == Proportion(successes: 1, trials: 1))
      #expect(images.skipped == ["n77"])
    }
  }
}
