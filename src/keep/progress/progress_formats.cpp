#include "keep/progress/progress_formats.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "keep/progress/progress_values.hpp"

namespace vigie::keep {
namespace {

using enum ProgressFormat::Eta;

// The comment of each entry names the source and its format string.
constexpr ProgressFormat formats[] = {
    // tqdm/std.py, format_meter: '{l_bar}{bar}{r_bar}' with l_bar '{desc}: {percentage:3.0f}%|' and r_bar
    // '| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}{postfix}]'. Lightning, Hugging Face, YOLOv5 and old
    // ultralytics, fairseq draw with it. A bar that is wider than the terminal ends anywhere after the time.
    {"tqdm",
     R"((?:(?<percent>\d+)%\|.*\| *|(?<![\w./:-]))(?<step>\d[\d.]*[kMGTP]?)/(?<total>\d[\d.]*[kMGTP]?) ?\[ ?(?:\d+:)?\d+:\d\d(?=[<,\]])(?:<(?<eta>[^,\]]*))?(?:, *(?<rate>[^,\]]+))?)",
     " 17%|█▋        | 448/2604 [6:08:29<32:30:27, 54.28s/it]"},
    // The same without a total: '{desc}: {n_fmt}{unit} [{elapsed}, {rate_fmt}{postfix}]'.
    {"tqdm",
     R"((?<![\w./:-])(?<step>\d[\d.]*[kMGTP]?) ?[A-Za-z]\S* ?\[ ?(?:\d+:)?\d+:\d\d(?=[,\]])(?:, *(?<rate>[^,\]]+))?)",
     "12it [00:07,  1.71it/s]"},
    // The same, cut by the edge before the time (tqdm/utils.py, disp_trim), or drawn with a bar_format of its own.
    {"tqdm, cut",
     R"((?<percent>\d+)%\|[ █▏▎▍▌▋▊▉#\d]*(?:$|\|(?: *(?<step>\d[\d.]*[kMGTP]?)(?:/(?<total>\d[\d.]*[kMGTP]?)?)?)?))",
     "Epoch 80:  12%|█▏        | 12/10"},
    // ultralytics/utils/tqdm.py, _display: f"{self.desc}: {percent:.0f}% {bar} {n_str}/{t_str} {rate_str}
    // {elapsed_str}{remaining_str}", bars of ━─╸.
    {"ultralytics",
     R"((?<percent>\d+)% [━─╸]+ (?<step>[\d.]+[KMGT]?)B?/(?<total>[\d.]+[KMGT]?)B?(?: (?<rate>[\d.]+\S+/\S+))?(?: [\d:.]+s?(?:<(?<eta>[\d:.]+s?))?)?)",
     "       7/50       5.1G        1.1        0.9       1.05         40        640: 45% ━━━━━─────── 27/60 2.0it/s "
     "13.5s<16.5s"},
    // The same without a total: f"{self.desc}: {bar} {n_str} {rate_str} {elapsed_str}".
    {"ultralytics", R"(: ─{4,} (?<step>[\d.]+[KMGT]?)B?(?: (?<rate>[\d.]+\S+/s))? [\d:.]+s?$)",
     "Scanning: ──────────── 120 15.3it/s 7.8s"},
    // keras/src/utils/progbar.py: '{current}/{target} {bar} {eta} {time_per_unit}/step - loss: {:.4f}', bars of ━.
    {"Keras 3", R"(^\s*(?<step>\d+)/(?<total>\d+) ━+ ?(?<eta>[\d:]+s?) (?<rate>[\d.]+[mu]?s/step))",
     "120/500 ━━━━━━━━━━━━━━━━━━━━ 12s 12ms/step - accuracy: 0.9000 - loss: 0.1234"},
    // rich/progress.py, DownloadColumn '{completed}/{total} {suffix}' beside the bar, with TransferSpeedColumn
    // '{data_speed}/s' and TimeRemainingColumn '{hours:d}:{minutes:02d}:{seconds:02d}' where there are some.
    {"rich, transfers",
     R"([━╸╺]{2,}.*?(?<![\d.])(?<step>[\d.]+)/(?<total>[\d.]+) (?<scale>bytes|[kKMGTP]i?B)(?:.*?(?<rate>[\d.]+ (?:bytes|[kKMGTP]i?B)/s))?(?:.*?(?<eta>\d+:\d\d:\d\d))?)",
     "model.bin ━━━━━━━━━━╸━━━━━━━━━ 52.1% • 4.5/8.6 MB • 1.5 MB/s • 0:00:03", of_epoch, "B"},
    // rich/progress.py, MofNCompleteColumn '{completed:{total_width}d}/{total}', after it TimeElapsedColumn and
    // TimeRemainingColumn; Lightning's RichProgressBar writes '{elapsed} • {remaining} {rate}it/s' there.
    {"rich",
     R"((?J)(?:[━╸╺]{2,}|(?<= )-{4,}[ -]*(?<= ))(?: +[\d.]+%(?: +(?<eta>\d+:\d\d:\d\d))?)?.*?(?<![\d.:/])(?<step>\d+)/(?<total>\d+)(?![\d./])(?: +(?:\d+ days?, )?\d+:\d\d:\d\d *(?:• *)?(?<eta>\d+:\d\d:\d\d))?(?:.*? (?<rate>[\d.]+ ?(?:it|steps?|batch\w*)/s))?)",
     "Epoch 3/10 ━━━━━━━╸━━━━━━ 12/100 0:00:05 • 0:00:30 12.34it/s loss: 0.123"},
    // rich/progress.py, get_default_columns: description, bar, '{task.percentage:>3.0f}%', TimeRemainingColumn.
    {"rich, default columns", R"([━╸╺]{2,} +(?<percent>[\d.]+)%(?: +(?:• +)?(?<eta>\d+:\d\d:\d\d))?)",
     "Working... ━━━╸━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   9% 0:01:23"},
    // mmcv/runner/hooks/logger/text.py: f'Epoch [{epoch}][{iter}/{len}]\t' + 'lr: ..., eta: ..., time: {:.3f}, ...';
    // mmengine/runner/log_processor.py: f'Epoch({mode}){cur_epoch_str}[{cur_iter_str}/{dataloader_len}]  '.
    {"MMDetection, mmcv, mmengine",
     R"(Epoch(?:\(\w+\))? *\[ *(?<epoch>\d+)\]\[ *(?<step>\d+)/(?<total>\d+)\](?=\s)(?:.*?\btime: (?<seconds>[\d.]+))?)",
     "2024-03-02 10:00:05,100 - mmdet - INFO - Epoch [2][50/900]\tlr: 0.00100, eta: 1 day, 2:03:04, time: 0.500, "
     "data_time: 0.010, memory: 4000, loss_cls: 0.4000, loss: 1.2500",
     of_run},
    // The same by iterations: f'Iter [{iter}/{max_iters}]\t', f'Iter({mode}) [{cur_iter_str}/{max_iters}]  ', and the
    // test loop of mmengine: f'Epoch({mode}) [{cur_iter_str}/{dataloader_len}]  '.
    {"mmcv, mmengine",
     R"((?:Iter(?:\(\w+\))?|Epoch\(\w+\)) *\[ *(?<step>\d+)/(?<total>\d+)\](?:.*?\btime: (?<seconds>[\d.]+))?)",
     "03/02 10:00:05 - mmengine - INFO - Iter(train) [   50/40000]  base_lr: 1.0000e-02 lr: 1.0000e-02  eta: 5:32:55  "
     "time: 0.5000  data_time: 0.0100  memory: 4000  loss: 1.2500",
     of_run},
    // detectron2/utils/events.py, CommonMetricPrinter: " {eta}iter: {iter}  {losses}  {non_losses}
    // {avg_time}{last_time}
    // {avg_data_time}{last_data_time} lr: {lr}  {memory}", eta "eta: {eta_string}  ", avg_time "time: {:.4f}  ".
    {"detectron2", R"((?<!\w)iter: (?<step>\d+)(?:/(?<total>\d+))?  (?=.*loss)(?:.*?\btime: (?<seconds>[\d.]+))?)",
     "[03/02 10:00:00 d2.utils.events]:  eta: 1 day, 0:30:00  iter: 19  total_loss: 9.6  loss_cls: 4.2    time: 0.3500 "
     " "
     "data_time: 0.0100   lr: 0.0002  max_mem: 2000M",
     of_run},
    // PaddleDetection, ppdet/engine/callbacks.py: 'Epoch: [{}] [{}/{}] learning_rate: {} {meters} eta: {eta}
    // batch_cost: {batch_time} data_cost: {data_time} ips: {ips:.4f} images/s'.
    {"PaddleDetection",
     R"(Epoch: \[(?<epoch>\d+)\] \[ *(?<step>\d+)/ *(?<total>\d+)\] learning_rate(?:.*?\bbatch_cost: (?<seconds>[\d.]+))?)",
     "[03/02 10:00:05] ppdet.engine INFO: Epoch: [0] [ 20/732] learning_rate: 0.000333 loss: 9.51 eta: 1 day, 2:03:04 "
     "batch_cost: 0.4000 data_cost: 0.0005 ips: 5.0000 images/s",
     of_run},
    // detr/util/misc.py and torchvision/references, MetricLogger: delimiter.join([header, '[{0' + space_fmt + '}/{1}]',
    // 'eta: {eta}', '{meters}', 'time: {time}', 'data: {data}', 'max mem: {memory:.0f}']), header 'Epoch: [{}]'.
    {"DETR, torchvision MetricLogger",
     R"((?:\[ *(?<epoch>\d+)(?:/(?<epochs>\d+))?\])?\s+\[ *(?<step>\d+)/(?<total>\d+)\]\s+eta: (?<eta>(?:\d+ days?, )?[\d:]+)(?:.*?\btime: (?<seconds>[\d.]+))?)",
     "Epoch: [0]  [  10/59143]  eta: 11:27:09  lr: 0.000100  class_error: 98.25  loss: 47.0253 (46.9134)  time: 0.6971 "
     " "
     "data: 0.0234  max mem: 4000"},
    // timm, train.py: 'Train: {} [{:>4d}/{} ({:>3.0f}%)]  Loss: {loss.val:#.4g} ({loss.avg:#.3g})  Time:
    // {batch_time.val:.3f}s, {rate:>7.2f}/s  ({batch_time.avg:.3f}s, {rate_avg:>7.2f}/s)  LR: {lr:.3e}  Data: ...'.
    {"timm",
     R"((?<!\w)Train: *(?<epoch>\d+) *\[ *(?<step>\d+)/(?<total>\d+) *\( *[\d.]+%\)\](?:.*?\bTime: *(?<seconds>[\d.]+)s)?)",
     "Train: 3 [  50/1251 (  4%)]  Loss: 6.914 (6.93)  Time: 0.345s,  742.03/s  (0.401s,  638.40/s)  LR: 1.000e-05  "
     "Data: 0.011 (0.063)"},
    // Swin-Transformer, main.py: f'Train: [{epoch}/{epochs}][{idx}/{num_steps}]\t' f'eta {timedelta} lr {lr:.6f}\t' ...
    {"Swin",
     R"((?<!\w)(?:Train|Test): \[(?<epoch>\d+)/(?<epochs>\d+)\]\[(?<step>\d+)/(?<total>\d+)\](?:.*?\btime (?<seconds>[\d.]+))?)",
     "Train: [3/300][10/1251]\teta 0:20:00 lr 0.000100\t wd 0.0500\ttime 0.5000 (0.5100)\tloss 6.9000 (6.9100)\tmem "
     "4000MB"},
    // Megatron-LM, megatron/training/training.py: ' iteration {:8d}/{:8d} |' ' consumed samples: {:12d} |' ' elapsed
    // time
    // per iteration (ms): {:.1f} |' ' learning rate: {:.6E} |' ' lm loss: {:.6E} |' ...
    {"Megatron-LM",
     R"((?<!\w)iteration +(?<step>\d+)/ *(?:(?<total>\d+)|infinity) \|(?:.*?elapsed time per iteration \((?:ms\): (?<milliseconds>[\d.]+)|s\): (?<seconds>[\d.]+)))?)",
     " [2024-03-02 10:00:05.123456] iteration       10/  500000 | consumed samples:          160 | elapsed time per "
     "iteration (ms): 1250.0 | learning rate: 1.500000E-06 | global batch size:    16 | lm loss: 1.050000E+01 | loss "
     "scale: 1.0 | grad norm: 1.250 | number of skipped iterations:   0 |"},
    // DeepSpeed, deepspeed/utils/timer.py: "epoch={}/micro_step={}/global_step={}, RunningAvgSamplesPerSec={},
    // CurrSamplesPerSec={}, MemAllocated={}GB, MaxMemAllocated={}GB"; older "{}/{}, RunningAvgSamplesPerSec={}, ...".
    {"DeepSpeed",
     R"((?:epoch=(?<epoch>\d+)/micro_step=\d+/global_step=|(?<![\w/])\d+/)(?<step>\d+), RunningAvgSamplesPerSec=)",
     "[2023-03-02 10:00:05,123] [INFO] [timer.py:215:stop] epoch=0/micro_step=40/global_step=10, "
     "RunningAvgSamplesPerSec=25.02, CurrSamplesPerSec=25.70, MemAllocated=4.32GB, MaxMemAllocated=38.49GB"},
    // DeepSpeed, deepspeed/runtime/engine.py: f"step={step}, skipped={self.skipped_steps}, lr={lr}, mom={mom}".
    {"DeepSpeed", R"((?<!\w)step=(?<step>\d+), skipped=\d+, lr=)",
     "[2023-03-02 10:00:05,123] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=4, lr=[5e-05], "
     "mom=[(0.9, 0.999)]"},
    // fairseq/logging/progress_bar.py, SimpleProgressBar: "{}:  {:5d} / {:d} {}".format(prefix, i + 1, size, postfix),
    // prefix "epoch {:03d}", postfix "key=value, ..." with ups, the updates per second.
    {"fairseq",
     R"((?<!\w)epoch (?<epoch>\d+)(?: \| [^:]+)?: +(?<step>\d+) / (?<total>\d+)(?=\s)(?:.*?\bups=(?<rate>[\d.]+))?)",
     "2024-03-02 10:00:05 | INFO | train_inner | epoch 001:    100 / 1234 loss=9.628, nll_loss=9.012, ppl=516.2, "
     "wps=30000, ups=8.5, wpb=3500, bsz=120, num_updates=100, lr=1.2e-05, gnorm=2.1, train_wall=12, wall=15"},
    // pytorch/examples, mnist/main.py: 'Train Epoch: {} [{}/{} ({:.0f}%)]\tLoss: {:.6f}'. It counts samples.
    {"PyTorch examples, mnist", R"(Epoch: *(?<epoch>\d+) +\[ *(?<step>\d+)/(?<total>\d+) *\( *[\d.]+%\)\])",
     "Train Epoch: 1 [6400/60000 (11%)]\tLoss: 0.250000", of_epoch, "sample"},
    // pytorch/examples, imagenet/main.py, ProgressMeter: 'Epoch: [{}]' + '[{:3d}/{}]', then meters '{name} {val}
    // ({avg})'
    // joined by tabs; 'Test: ' + '[{:3d}/{}]'.
    {"PyTorch examples, imagenet",
     R"((?:Epoch: \[(?<epoch>\d+)\]|Test: ?)\[ *(?<step>\d+)/(?<total>\d+)\]\s+Time:? +(?<seconds>[\d.]+))",
     "Epoch: [3][  10/5005]\tTime  0.345 ( 0.512)\tData  0.001 ( 0.101)\tLoss 6.9141e+00 (6.9312e+00)\tAcc@1   0.39 "
     "(  0.21)\tAcc@5   1.17 (  0.88)"},
    // pytorch/examples, word_language_model/main.py: '| epoch {:3d} | {:5d}/{:5d} batches | lr {:02.2f} | ms/batch
    // {:5.2f} | loss {:5.2f} | ppl {:8.2f}'.
    {"PyTorch examples, word_language_model",
     R"(\| epoch +(?<epoch>\d+) \| +(?<step>\d+)/ *(?<total>\d+) batches \|(?:.*?\bms/batch +(?<milliseconds>[\d.]+))?)",
     "| epoch   1 |   200/ 2983 batches | lr 20.00 | ms/batch 12.50 | loss  7.63 | ppl  2054.32"},
    // pytorch/examples, super_resolution/main.py: "===> Epoch[{}]({}/{}): Loss: {:.4f}".
    {"PyTorch examples, super_resolution", R"(Epoch\[(?<epoch>\d+)\]\((?<step>\d+)/(?<total>\d+)\):)",
     "===> Epoch[2](15/50): Loss: 0.0123"},
    // pytorch/examples, fast_neural_style: "{}\tEpoch {}:\t[{}/{}]\tcontent: {:.6f}\tstyle: {:.6f}\ttotal: {:.6f}".
    {"PyTorch examples, fast_neural_style", R"(Epoch (?<epoch>\d+):\s+\[(?<step>\d+)/(?<total>\d+)\]\s)",
     "Sat Mar  2 10:00:05 2024\tEpoch 1:\t[4000/82783]\tcontent: 1234567.500000\tstyle: 345678.250000", of_epoch,
     "sample"},
    // pytorch/tutorials, quickstart: f"loss: {loss:>7f}  [{current:>5d}/{size:>5d}]". It counts samples.
    {"PyTorch tutorial", R"(^loss: +(?<loss>[\d.eE+-]+|nan|inf) +\[ *(?<step>\d+)/ *(?<total>\d+)\]$)",
     "loss: 2.303494  [ 6464/60000]", of_epoch, "sample"},
    // pytorch/tutorials, cifar10: f'[{epoch + 1}, {i + 1:5d}] loss: {running_loss / 2000:.3f}'.
    {"PyTorch tutorial", R"(^\[(?<epoch>\d+), +(?<step>\d+)\] loss: )", "[1,  2000] loss: 2.187"},
    // YOLOX, yolox/core/trainer.py: "epoch: {}/{}, iter: {}/{}" then "{}, mem, iter_time: {:.3f}s, ..., lr: {:.3e},
    // size:
    // {}, ETA: {}".
    {"YOLOX",
     R"(epoch: (?<epoch>\d+)/(?<epochs>\d+), iter: (?<step>\d+)/(?<total>\d+)(?:.*?\biter_time: (?<seconds>[\d.]+)s)?)",
     "epoch: 1/300, iter: 10/1849, gpu mem: 4000Mb, mem: 10.5Gb, iter_time: 0.500s, data_time: 0.001s, total_loss: "
     "15.2, lr: 1.000e-05, size: 640, ETA: 3 days, 5:03:04",
     of_run},
    // composer/loggers/console_logger.py: f'[epoch={epoch}/{epochs}][batch={batch}/{batches}]:'.
    {"Composer", R"(\[epoch=(?<epoch>\d+)(?:/(?<epochs>\d+))?\]\[batch=(?<step>\d+)(?:/(?<total>\d+))?\])",
     "[epoch=1/3][batch=20/937]: Train loss/train/total: 2.3"},
    // catboost: '{iteration}:\tlearn: {}\ttotal: {}\tremaining: {}'.
    {"CatBoost", R"(^(?<step>\d+):\s+learn: (?<loss>[\d.e+-]+|-?nan|-?inf).*\bremaining: (?<eta>.+)$)",
     "120:\tlearn: 0.5123\ttotal: 3.5s\tremaining: 25.4s", of_run},
    // XGBoost and LightGBM: '[{iteration}]\t{data}-{metric}:{value}'.
    {"XGBoost, LightGBM", R"(^\[(?<step>\d+)\]:?\s+(?:\w+-[\w@]+: ?|\w+'s [\w@-]+: ?)-?(?:[\d.]|nan|inf))",
     "[12]\ttrain-rmse:0.10250\teval-rmse:0.11891"},
    // mmcv/utils/progressbar.py, of tests: f'\r[{bar_chars}] {completed}/{task_num}, {fps:.1f} task/s, elapsed: ...'.
    {"mmcv, tests", R"(\[[> ]{4,}\] (?<step>\d+)/(?<total>\d+), (?<rate>[\d.]+) task/s, elapsed: )",
     "[>>>>>>>>>>          ] 3217/3849, 4.0 task/s, elapsed: 799s, ETA:   157s", of_epoch, "task", true},
    // click/_termui_impl.py, render_progress: '{label}  [{bar}]  {info}' with bars of # and -, pos and eta; kraken has
    // the count in front of the time.
    {"click, kraken", R"(\[[#=]*>?[-. ]*\] +(?<step>\d+)/(?<total>\d+)(?: +(?<eta>(?:\d+d )?\d+:\d\d:\d\d))?)",
     "stage 0/∞  [#####-------------------------------]  505/3272  00:27:39"},
    // fairseq before 2019, progress_bar.py, simple_progress_bar: '{prefix} {i:5d} / {size:d} {stats}'.
    {"fairseq, old", R"(^\| epoch (?<epoch>\d+)(?: \| valid on '[^']*' subset)? +(?<step>\d+) / (?<total>\d+) \w+=)",
     "| epoch 011  1000 / 8223 loss=1.89 (1.38), wps=963, wpb=918, bsz=32, lr=0.001, clip=100%, gnorm=2.0860"},
    // OpenNMT-py before 0.3: "Epoch %2d, %5d/%5d; acc: %6.2f; ppl: %6.2f; ...".
    {"OpenNMT, old", R"(Epoch +(?<epoch>\d+), +(?<step>\d+)/ *(?<total>\d+); )",
     "Epoch  1, 13300/37527; acc:   4.27; ppl: 2981.62; xent:   8.00; 3465 src tok/s; 3541 tgt tok/s;  10160 s "
     "elapsed"},
    // OpenPCDet, train_utils.py: 'Train: {:>4d}/{} ({:>3.0f}%) [{:>4d}/{} ({:>3.0f}%)]  Loss: ...  Time cost: ...'.
    {"OpenPCDet", R"(Train: +(?<epoch>\d+)/(?<epochs>\d+) \( *\d+%\) \[ *(?<step>\d+)/(?<total>\d+) \( *\d+%\)\])",
     "2023-01-05 16:35:00,786   INFO  Train:    1/3 ( 33%) [  99/323 ( 31%)]  Loss: 23.51 (54.8)  LR: 2.377e-04  Time "
     "cost: 00:27/01:00 [00:27/03:55]  Acc_iter 100         Data time: 0.00(0.01)"},
    // BasicSR, basicsr/utils/logger.py: f'[{exp_name[:5]}..][epoch:{epoch:3d}, iter:{iter:8,d}, lr:(...)] [eta: {eta},
    // time (data): {iter_time:.3f} ({data_time:.3f})] '; before 2020 '<epoch:{:3d}, iter:{:8,d}, lr:{:.3e}> '.
    {"BasicSR",
     R"([\[<]epoch: *(?<epoch>\d+), iter: *(?<step>[\d,]+), lr:.*?[\]>](?: \[eta: (?<eta>[^,]*(?:, [\d:]+)?), time \(data\): (?<seconds>[\d.]+))?)",
     "2020-08-15 15:52:26,426 INFO: [My_ES..][epoch:210, iter:  20,400, lr:(1.000e-04,)] [eta: 1 day, 18:10:02, time "
     "(data): 0.377 (0.002)] l_g_pix: 3.3959e-04 l_g_percep: 6.2266e-01",
     of_run},
    // ESPnet2, espnet2/train/reporter.py: f'{epoch}epoch:{key}:{start}-{end}batch: ' and its values.
    {"ESPnet2", R"((?<!\w)(?<epoch>\d+)epoch:\w+:\d+-(?<step>\d+)batch: )",
     "[gpu01:0/2] 2020-07-19 08:54:09,601 (trainer:464) INFO: 1epoch:train:683-1364batch: iter_time=5.862e-05, "
     "forward_time=0.134, loss=68.722, loss_att=65.930, acc=0.125"},
    // yolact/train.py: '[%3d] %7d ||' + ' %s: %.3f |' for each loss, T their sum + '| ETA: %s || timer: %.3f'.
    {"YOLACT", R"(^\[ *(?<epoch>\d+)\] +(?<step>\d+) \|\| .*?\|\| ETA: (?<eta>[^|]*?) \|\| timer: (?<seconds>[\d.]+))",
     "[  0]     620 || B: 3.325 | C: 2.630 | M: 4.528 | S: 0.902 | T: 11.385 || ETA: 2 days, 4:16:14 || timer: 1.257",
     of_run},
    // stable-baselines3, HumanOutputFormat: a table of keys and values.
    {"Stable-Baselines3", R"(^\| +(?:time/)?total[ _]timesteps +\| +(?<step>\d+) +\|$)",
     "|    total_timesteps      | 20480       |", of_epoch, "timestep"},
    // A format that many write by themselves: pytorch/examples, dcgan: '[%d/%d][%d/%d] Loss_D: %.4f Loss_G: %.4f ...'.
    {"two brackets",
     R"(\[ *(?<epoch>\d+)(?:/(?<epochs>\d+))?\] *\[ *(?<step>\d+)/(?<total>\d+)(?: *\( *[\d.]+%\))?\](?=.*(?i:loss|acc|eta)))",
     "[3/25][50/1583] Loss_D: 0.7512 Loss_G: 3.1201 D(x): 0.81 D(G(z)): 0.31 / 0.05"},
};

const std::vector<Regex>& compiled() {
  static const std::vector<Regex> all = [] {
    std::vector<Regex> regexes;
    for (const ProgressFormat& format : formats)
      regexes.push_back(Regex::compile(format.pattern).value());  // a test compiles them all
    return regexes;
  }();
  return all;
}

/// How much a byte's unit multiplies: "MB", "KiB".
double factor_of(std::string_view scale) {
  const std::string text = "1" + std::string(scale);
  std::string_view rest = text;
  return take_number(rest).value_or(1);
}

void set_rate(Progress& progress, std::string_view text) {
  if (const std::optional<Pace> pace = pace_in(text)) {
    set_pace(progress, *pace);
  } else if (const std::optional<double> number = number_in(text); number && *number > 0) {
    progress.rate_per_second = number;
  }
}

/// The rate of steps that last so long each.
void set_duration(Progress& progress, std::string_view text, double unit) {
  const std::optional<double> number = number_in(text);
  if (number && *number > 0 && !progress.rate_per_second) progress.rate_per_second = 1 / (*number * unit);
}

void set_count(std::optional<std::uint64_t>& count, std::string_view text, double factor) {
  std::string plain(text);  // "107,400"
  std::erase(plain, ',');
  const std::optional<double> number = number_in(plain);
  if (number && *number >= 0 && *number * factor < 1e15)
    count = static_cast<std::uint64_t>(std::llround(*number * factor));
}

void set_group(Progress& progress, const Regex::Group& group, double factor) {
  const std::string_view text = trimmed(group.text);
  if (group.name == "step") {
    set_count(progress.step, text, factor);
  } else if (group.name == "total") {
    set_count(progress.total, text, factor);
  } else if (group.name == "epoch") {
    set_count(progress.epoch, text, 1);
  } else if (group.name == "epochs") {
    set_count(progress.epochs, text, 1);
  } else if (group.name == "percent") {
    progress.percent = number_in(text);
  } else if (group.name == "rate") {
    set_rate(progress, text);
  } else if (group.name == "seconds") {
    set_duration(progress, text, 1);
  } else if (group.name == "milliseconds") {
    set_duration(progress, text, 1e-3);
  } else if (group.name == "eta") {
    const std::optional<double> duration = duration_at_begin(text);
    progress.eta_seconds = duration ? duration : number_in(text);
  } else if (const std::optional<double> number = measured_in(text); number && group.name != "scale") {
    progress.metrics.emplace(std::string(group.name), *number);
  }
}

/// A percentage beside a count proves it: a count that the edge of the terminal cut contradicts its percentage.
void check_percent(Progress& progress) {
  if (progress.percent && !(*progress.percent >= 0 && *progress.percent <= 100)) progress.percent.reset();
  if (!progress.percent || !progress.step) return;
  const bool agrees = progress.total && *progress.total > 0 &&
                      std::abs(100.0 * static_cast<double>(*progress.step) / static_cast<double>(*progress.total) -
                               *progress.percent) <= 1;
  if (agrees) {
    progress.percent.reset();
  } else {
    progress.step.reset();
    progress.total.reset();
  }
}

/// The text behind the bar, if there is one: the text in front of it is the program's name for it.
std::string_view behind_bar(std::string_view line) {
  const std::size_t percent = line.find("%|"), drawn = line.find("━━");
  const std::size_t bar = std::min(percent, drawn);
  return bar == std::string_view::npos ? line : line.substr(bar + 2);
}

/// Without the last value where a bracket is still open at the end: the edge of the terminal may have cut it.
std::string_view uncut(std::string_view line) {
  const std::size_t open = line.rfind('[');
  if (open == std::string_view::npos || line.find(']', open) != std::string_view::npos) return line;
  const std::size_t comma = line.rfind(',');
  return comma == std::string_view::npos || comma < open ? line.substr(0, open) : line.substr(0, comma);
}

}  // namespace

std::span<const ProgressFormat> progress_formats() {
  return formats;
}

std::optional<Progress> progress_of(std::span<const Regex::Group> groups) {
  const auto scale = std::ranges::find(groups, "scale", &Regex::Group::name);
  const double factor = scale == groups.end() ? 1 : factor_of(scale->text);
  Progress progress;
  for (const Regex::Group& group : groups) set_group(progress, group, factor);
  check_percent(progress);
  if (progress.eta_seconds && !(*progress.eta_seconds >= 0)) progress.eta_seconds.reset();
  if (!progress.step && !progress.percent && !progress.epoch) return std::nullopt;
  if (progress.step && progress.total && *progress.step > *progress.total) return std::nullopt;
  return progress;
}

std::optional<ProgressLine> read_format(std::string_view line) {
  for (std::size_t i = 0; i < std::size(formats); ++i) {
    const auto groups = compiled()[i].search(line);
    std::optional<Progress> progress = groups ? progress_of(*groups) : std::nullopt;
    if (!progress || (!progress->step && !progress->percent)) continue;
    take_metrics(behind_bar(uncut(line)), *progress);
    if (!progress->eta_seconds) progress->eta_seconds = eta_in(line);
    progress->eta_of_run = progress->eta_seconds && formats[i].eta == of_run;
    const bool done = progress->step && progress->total && *progress->step == *progress->total;
    if (done && progress->eta_seconds && !progress->eta_of_run)
      progress->eta_seconds = 0;  // Keras shows the time that it took then
    if (progress->unit.empty()) progress->unit = formats[i].unit;
    return ProgressLine{.aside = formats[i].aside, .progress = std::move(*progress)};
  }
  return std::nullopt;
}

}  // namespace vigie::keep
