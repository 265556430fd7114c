import Classification
public import Network
public import System

extension TeacherTargets {
  /// Probabilities less than this are taken for 0, so that photos of many classes take little
  /// memory.
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
  /// scaled so that they add up to 1. Where all of them are 0, the photo counts as not seen.
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
    let scale = named.reduce(0) { $0 + $1.element }
    add(photo, named.map { (index: $0.offset, probability: $0.element / scale) })
  }
}
