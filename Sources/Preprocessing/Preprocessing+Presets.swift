extension Preprocessing {
  /// The means of the ILSVRC-2012 training pictures that Caffe's models subtract: R, G, B.
  private static let caffeMean: [Float] = [122.67891, 116.66877, 104.00699]

  /// For the mission's network: short side to 256, antialiased, and the middle 227 x 227 in RGB,
  /// minus the channel means of ILSVRC-2012.
  public static let alexnet = Preprocessing(
    valid: [
      .resizeShortSide(size: 256, antialias: true), .centerCrop(width: 227, height: 227),
    ],
    channels: .rgb, mean: caffeMean, scale: [1, 1, 1])

  /// For BVLC's AlexNet and CaffeNet: squashed to 256 x 256 without antialiasing, as
  /// `convert_imageset` squashed their training pictures with OpenCV; the middle 227 x 227 in BGR.
  public static let caffe = Preprocessing(
    valid: [
      .squash(width: 256, height: 256, antialias: false), .centerCrop(width: 227, height: 227),
    ],
    channels: .bgr, mean: caffeMean.reversed(), scale: [1, 1, 1])

  /// For torchvision's `AlexNet_Weights.IMAGENET1K_V1`: short side to 256, the middle 224 x 224;
  /// its mean and deviation are given for pixels from 0 to 1.
  public static let torchvision = Preprocessing(
    valid: [
      .resizeShortSide(size: 256, antialias: true), .centerCrop(width: 224, height: 224),
    ],
    channels: .rgb, mean: [0.485, 0.456, 0.406].map { Float($0 * 255) },
    scale: [0.229, 0.224, 0.225].map { Float(1 / (255 * $0)) })

  /// For the ONNX model zoo's bvlcalexnet and caffenet: squashed to 224 x 224, BGR, as the zoo's
  /// quantisation example prepares them.
  public static let onnxZoo = Preprocessing(
    valid: [.squash(width: 224, height: 224, antialias: false)],
    channels: .bgr, mean: [103.939, 116.779, 123.68], scale: [1, 1, 1])
}
