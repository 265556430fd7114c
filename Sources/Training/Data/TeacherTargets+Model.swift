import Classification
public import Network
public import System

extension TeacherTargets {
  /// Classes of less probability than this are not named, so that photos of many classes take
  /// little memory. What they have together is shared out among them.
  private static let leastProbability: Float = 1e-6

  /// A teacher that is a model, and has seen no photo yet.
  ///
  /// - Parameters:
  ///   - outputs: the classes of the model, in the order of its outputs.
  ///   - classes: the classes that are trained.
  /// - Throws: ``TrainingDataError/unknownToTeacher(names:)`` where the model does not know all
  ///   classes that are trained: what it says of photos of the others would be wrong.
  public init(
    outputs: [ClassLabel], classes: [ClassLabel]
  ) throws(TrainingDataError) {
    self.init(classCount: classes.count)
    let table = ClassTable(classes)
    outputClasses = outputs.map { output in
      if case .one(let index) = table.find(ClassName(wnid: output.wnid, label: output.label)) {
        index
      } else {
        nil
      }
    }
    let known = Set(outputClasses)
    let unknown = classes.indices.filter { !known.contains($0) }
    guard unknown.isEmpty else {
      throw .unknownToTeacher(names: unknown.map { classes[$0].label })
    }
  }

  /// Adds what the model gives for a photo. The probabilities of the classes that are trained are
  /// scaled so that they add up to 1. Where they are as good as 0, the photo counts as not seen.
  ///
  /// - Parameter outputs: the probabilities of all classes of the model.
  public mutating func add(_ photo: RawPath, outputs: [Float]) {
    var values = [Float](repeating: 0, count: classCount)
    for (output, probability) in zip(outputClasses, outputs) {
      if let output { values[output] += probability }
    }
    let sum = values.reduce(0, +)
    guard sum >= Self.leastProbability else { return }
    let named = values.enumerated().filter { $0.element / sum >= Self.leastProbability }
    let rest = values.reduce(0.0) { total, value in
      value / sum < Self.leastProbability ? total + Double(value / sum) : total
    }
    add(photo, named.map { (index: $0.offset, probability: $0.element / sum) }, rest: rest)
  }
}
