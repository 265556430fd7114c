/// What a worker does with pictures that are decoded and prepared. Only one thread at a time may
/// use it.
public protocol PicturePass<Answer>: AnyObject {
  associatedtype Answer: Sendable

  /// Sets picture `index` of the batch. Pictures are written in the order 0, 1, 2, ...
  func write(_ picture: Picture, to index: Int)
  /// Runs the network on the first `count` pictures.
  func forward(count: Int)
  /// The answer for picture `index`.
  ///
  /// - Throws: why there is none.
  func answer(_ index: Int) throws(ItemFailure) -> Answer
}

/// A forward pass, and what makes an answer of its values. If a picture has several images, the
/// answer is made of the mean of their values.
final class AnsweringPass<Answer: Sendable>: PicturePass {
  private let pass: any ForwardPass
  private let imagesPerPicture: Int
  private let makeAnswer: (_ values: [Float]) -> Answer

  init(
    _ pass: any ForwardPass, imagesPerPicture: Int,
    answer: @escaping (_ values: [Float]) -> Answer
  ) {
    self.pass = pass
    self.imagesPerPicture = imagesPerPicture
    makeAnswer = answer
  }

  func write(_ picture: Picture, to index: Int) {
    for (image, slot) in zip(picture.images, slots(index)) { pass.write(image, to: slot) }
  }

  func forward(count: Int) { pass.forward(count: count * imagesPerPicture) }

  func answer(_ index: Int) throws(ItemFailure) -> Answer {
    let values = meanValues(index)
    guard values.allSatisfy(\.isFinite) else { throw .notFinite }
    return makeAnswer(values)
  }

  /// Where the images of a picture stand among the inputs of the forward pass.
  private func slots(_ picture: Int) -> Range<Int> {
    picture * imagesPerPicture..<(picture + 1) * imagesPerPicture
  }

  /// The mean over the images of a picture.
  private func meanValues(_ picture: Int) -> [Float] {
    let slots = slots(picture)
    var mean = pass.values(slots.lowerBound)
    guard slots.count > 1 else { return mean }
    for slot in slots.dropFirst() {
      for (index, value) in pass.values(slot).enumerated() { mean[index] += value }
    }
    return mean.map { $0 / Float(slots.count) }
  }
}
