/*
 * The catalogue of texts; see text.h. A row: English, Chinese. In the order in which the files use
 * them, numerics first.
 */
#include "hub/text.h"

#include <assert.h>

struct row {
    struct str english;
    struct str chinese;
};

static const struct row rows[] = {
    {STR_INIT("are supported by this server"), STR_INIT("为本服务器所支持")},
    {STR_INIT("End of MAP"), STR_INIT("MAP 列表结束")},
    {STR_INIT("End of STATS"), STR_INIT("STATS 结束")},
    {STR_INIT("operators online"), STR_INIT("位管理员在线")},
    {STR_INIT("connections not yet registered"), STR_INIT("个连接尚未注册")},
    {STR_INIT("channels formed"), STR_INIT("个频道")},
    {STR_INIT("Administrative information"), STR_INIT("管理信息")},
    {STR_INIT("End of SILENCE list"), STR_INIT("SILENCE 列表结束")},
    {STR_INIT("End of ACCEPT list"), STR_INIT("ACCEPT 列表结束")},
    {STR_INIT("You are no longer marked as being away"), STR_INIT("您已不再处于离开状态")},
    {STR_INIT("You have been marked as being away"), STR_INIT("您已被标记为离开")},
    {STR_INIT("is a server operator"), STR_INIT("是服务器管理员")},
    {STR_INIT("End of WHO list"), STR_INIT("WHO 列表结束")},
    {STR_INIT("seconds idle, signon time"), STR_INIT("空闲秒数，登录时间")},
    {STR_INIT("End of WHOIS list"), STR_INIT("WHOIS 列表结束")},
    {STR_INIT("Users  Name"), STR_INIT("用户  名称")},
    {STR_INIT("End of LIST"), STR_INIT("LIST 结束")},
    {STR_INIT("is logged in as"), STR_INIT("已登录为")},
    {STR_INIT("No topic is set"), STR_INIT("未设置主题")},
    {STR_INIT("End of INVITE list"), STR_INIT("INVITE 列表结束")},
    {STR_INIT("is actually using this address"), STR_INIT("实际使用此地址")},
    {STR_INIT("End of channel invite exception list"), STR_INIT("频道邀请例外列表结束")},
    {STR_INIT("End of channel ban exception list"), STR_INIT("频道封禁例外列表结束")},
    {STR_INIT("End of LINKS list"), STR_INIT("LINKS 列表结束")},
    {STR_INIT("End of NAMES list"), STR_INIT("NAMES 列表结束")},
    {STR_INIT("End of channel ban list"), STR_INIT("频道封禁列表结束")},
    {STR_INIT("End of WHOWAS"), STR_INIT("WHOWAS 结束")},
    {STR_INIT("End of INFO list"), STR_INIT("INFO 结束")},
    {STR_INIT("End of MOTD command"), STR_INIT("MOTD 结束")},
    {STR_INIT("You are now a server operator"), STR_INIT("您现在是服务器管理员")},
    {STR_INIT("Rehashing"), STR_INIT("正在重新读取配置")},
    {STR_INIT("is now your visible host"), STR_INIT("现在是您显示的主机名")},
    {STR_INIT("No such nick or channel: check its spelling"),
     STR_INIT("没有此昵称或频道：请检查拼写")},
    {STR_INIT("No such server: this is the only one"), STR_INIT("没有此服务器：这里只有一台")},
    {STR_INIT("No such channel: names begin with # and have no spaces or commas"),
     STR_INIT("没有此频道：名称以 # 开头，不含空格和逗号")},
    {STR_INIT("You are in too many channels: PART one first"),
     STR_INIT("您加入的频道太多：请先用 PART 离开一个")},
    {STR_INIT("There was no such nick of late: check its spelling"),
     STR_INIT("近来没有过此昵称：请检查拼写")},
    {STR_INIT("Too many targets: send it to fewer at a time"),
     STR_INIT("目标太多：请一次发给较少的对象")},
    {STR_INIT("No origin given: PING needs a token"), STR_INIT("缺少来源：PING 需要一个标记")},
    {STR_INIT("Invalid CAP subcommand: LS, LIST, REQ and END are there"),
     STR_INIT("无效的 CAP 子命令：有 LS、LIST、REQ 和 END")},
    {STR_INIT("No text to send: write it behind the target"),
     STR_INIT("没有要发送的文字：请写在对象之后")},
    {STR_INIT("Unknown command: HELP lists those there are"),
     STR_INIT("未知命令：HELP 列出全部命令")},
    {STR_INIT("There is no message of the day"), STR_INIT("没有每日消息")},
    {STR_INIT("No administrative information is given"), STR_INIT("没有提供管理信息")},
    {STR_INIT("No nickname given: NICK <nick>"), STR_INIT("缺少昵称：NICK <昵称>")},
    {STR_INIT("Nickname is already in use: choose another with NICK"),
     STR_INIT("昵称已被使用：请用 NICK 另选一个")},
    {STR_INIT("You are banned there and keep your nick: PART it first"),
     STR_INIT("您在那里被封禁，不能改昵称：请先用 PART 离开")},
    {STR_INIT("They aren't on that channel: NAMES lists who is"),
     STR_INIT("对方不在该频道：NAMES 列出成员")},
    {STR_INIT("You're not on that channel: JOIN it first"),
     STR_INIT("您不在该频道：请先用 JOIN 加入")},
    {STR_INIT("is already on channel: there is nothing to do"), STR_INIT("已在频道中：无需邀请")},
    {STR_INIT("SUMMON has been disabled: use INVITE"), STR_INIT("SUMMON 已停用：请用 INVITE")},
    {STR_INIT("USERS has been disabled: WHO lists users"), STR_INIT("USERS 已停用：WHO 列出用户")},
    {STR_INIT("You keep your nick while you are there (+N): PART it first"),
     STR_INIT("在该频道中不能改昵称 (+N)：请先用 PART 离开")},
    {STR_INIT("You have not registered: send NICK and USER first"),
     STR_INIT("您尚未注册：请先发送 NICK 和 USER")},
    {STR_INIT("Your accept list is full: remove a nick with ACCEPT -<nick>"),
     STR_INIT("您的接受列表已满：请用 ACCEPT -<昵称> 移除一个")},
    {STR_INIT("is already on your accept list"), STR_INIT("已在您的接受列表中")},
    {STR_INIT("is not on your accept list"), STR_INIT("不在您的接受列表中")},
    {STR_INIT("You are already registered: connect anew to change that"),
     STR_INIT("您已经注册：要更改请重新连接")},
    {STR_INIT("Password incorrect: check it and try again"), STR_INIT("密码错误：请检查后重试")},
    {STR_INIT("Your user name is not valid: use letters and digits"),
     STR_INIT("用户名无效：请使用字母和数字")},
    {STR_INIT("Cannot join channel, you are brought to another (+f)"),
     STR_INIT("无法加入频道，您被带到另一个频道 (+f)")},
    {STR_INIT("Cannot join channel (+l): it is full, try again later"),
     STR_INIT("无法加入频道 (+l)：已满，请稍后再试")},
    {STR_INIT("is an unknown mode: HELP MODES lists those there are"),
     STR_INIT("是未知的模式：HELP MODES 列出全部模式")},
    {STR_INIT("Cannot join channel (+i): ask a member for an invitation"),
     STR_INIT("无法加入频道 (+i)：请向成员索取邀请")},
    {STR_INIT("Cannot join channel (+b): you are banned, ask an operator of it"),
     STR_INIT("无法加入频道 (+b)：您被封禁，请联系频道管理员")},
    {STR_INIT("Cannot join channel (+k): give its key with JOIN <channel> <key>"),
     STR_INIT("无法加入频道 (+k)：请用 JOIN <频道> <密钥> 提供密钥")},
    {STR_INIT("Bad channel name"), STR_INIT("频道名无效")},
    {STR_INIT("Cannot join channel (+R): log in to an account first"),
     STR_INIT("无法加入频道 (+R)：请先登录帐号")},
    {STR_INIT("The list is full: remove an entry first"), STR_INIT("列表已满：请先移除一项")},
    {STR_INIT("Permission denied: you are not a server operator"),
     STR_INIT("权限不足：您不是服务器管理员")},
    {STR_INIT("You can't kill a server: DIE stops this one"),
     STR_INIT("不能断开服务器：DIE 停止本服务器")},
    {STR_INIT("Cannot join channel (+z): connect over TLS first"),
     STR_INIT("无法加入频道 (+z)：请先使用 TLS 连接")},
    {STR_INIT("No operator block is for your host: connect from elsewhere"),
     STR_INIT("没有适用于您的主机的管理员配置：请从别处连接")},
    {STR_INIT("Unknown user mode: HELP UMODES lists those there are"),
     STR_INIT("未知的用户模式：HELP UMODES 列出全部模式")},
    {STR_INIT("Can't change or see the modes of others: give your nick"),
     STR_INIT("不能查看或更改他人的模式：请用自己的昵称")},
    {STR_INIT("Cannot join channel (+O): it is for operators of the server"),
     STR_INIT("无法加入频道 (+O)：仅限服务器管理员")},
    {STR_INIT("Your silence list is full: remove a mask with SILENCE -<mask>"),
     STR_INIT("您的屏蔽列表已满：请用 SILENCE -<掩码> 移除一项")},
    {STR_INIT("No help on this: HELP lists what there is"),
     STR_INIT("没有相关帮助：HELP 列出全部主题")},
    {STR_INIT("is using a secure connection"), STR_INIT("正在使用安全连接")},
    {STR_INIT("End of MONITOR list"), STR_INIT("MONITOR 列表结束")},
    {STR_INIT("Your monitor list is full: remove a nick first"),
     STR_INIT("您的监视列表已满：请先移除一个昵称")},
    {STR_INIT("End of mode list"), STR_INIT("模式列表结束")},
    {STR_INIT("End of list"), STR_INIT("列表结束")},
    {STR_INIT("Your KNOCK has been delivered"), STR_INIT("您的 KNOCK 已送达")},
    {STR_INIT("Too many KNOCKs: wait a minute and try again"),
     STR_INIT("KNOCK 太多：请等一分钟再试")},
    {STR_INIT("The channel is open: JOIN it"), STR_INIT("频道是开放的：请用 JOIN 加入")},
    {STR_INIT("You are already on that channel"), STR_INIT("您已在该频道中")},
    {STR_INIT("has mode +g and takes no messages from you: wait for their ACCEPT"),
     STR_INIT("设置了 +g,不接收您的消息：请等待对方 ACCEPT")},
    {STR_INIT("has been told that you messaged them"), STR_INIT("已被告知您发来消息")},
    {STR_INIT("This server has all the channels it may hold: join one of them"),
     STR_INIT("服务器的频道已达上限：请加入现有频道")},
    {STR_INIT("%.*s has a higher rank than you"), STR_INIT("%.*s 的级别比您高")},
    {STR_INIT("Only operators change the topic here (+t)"),
     STR_INIT("这里只有管理员能更改主题 (+t)")},
    {STR_INIT("Only half operators and above can kick"), STR_INIT("只有半管理员及以上才能踢人")},
    {STR_INIT("Not enough parameters: INVITE <nick> <channel>"),
     STR_INIT("参数不足：INVITE <昵称> <频道>")},
    {STR_INIT("Only half operators and above invite here (+i)"),
     STR_INIT("这里只有半管理员及以上才能邀请 (+i)")},
    {STR_INIT("Nobody is invited here (+V): an operator of the channel can change that"),
     STR_INIT("这里不能邀请 (+V)：频道管理员可以更改")},
    {STR_INIT("Cannot knock (+K): ask a member to invite you"),
     STR_INIT("不能敲门 (+K)：请让成员邀请您")},
    {STR_INIT("Cannot knock (+b): you are banned, ask an operator of the channel"),
     STR_INIT("不能敲门 (+b)：您被封禁，请联系频道管理员")},
    {STR_INIT(
         "Your message to %.*s is too long by %zu bytes and was not sent: at most %zu bytes of text fit, send it in parts"),
     STR_INIT("您发给 %.*s 的消息超长 %zu 字节，没有发送：最多 %zu 字节，请分段发送")},
    {STR_INIT("No recipient given (%.*s)"), STR_INIT("缺少收件人 (%.*s)")},
    {STR_INIT("Cannot send to channel (+S): nothing is left without the formatting"),
     STR_INIT("不能发送到频道 (+S)：去掉格式后没有内容")},
    {STR_INIT("You need a higher rank in this channel to change %.*s"),
     STR_INIT("您在此频道的级别不足，不能更改 %.*s")},
    {STR_INIT("All members need secure connections for +z, and %.*s has none"),
     STR_INIT("+z 要求所有成员使用安全连接，而 %.*s 没有")},
    {STR_INIT("You have to be an operator of that channel, too, to forward to it"),
     STR_INIT("要转到该频道，您也必须是它的管理员")},
    {STR_INIT("Nickname is too long: at most %d bytes, try a shorter one"),
     STR_INIT("昵称太长：最多 %d 字节，请换一个较短的")},
    {STR_INIT("Welcome to %.*s, you are %.*s; /help lists the commands"),
     STR_INIT("欢迎来到 %.*s,您是 %.*s;/help 列出命令")},
    {STR_INIT(
         "Nickname is not valid: letters, digits and -_[]{}\\|^` are allowed, no digit or - at its start"),
     STR_INIT("昵称无效：可用字母、数字和 -_[]{}\\|^`,不能以数字或 - 开头")},
    {STR_INIT("Not enough parameters: USER <username> 0 * :<real name>, none empty"),
     STR_INIT("参数不足：USER <用户名> 0 * :<真实姓名>,均不可为空")},
    {STR_INIT("- %.*s Message of the day -"), STR_INIT("- %.*s 每日消息 -")},
    {STR_INIT("- %.*s"), STR_INIT("- %.*s")},
    {STR_INIT("There are %u users and %u invisible on 1 servers"),
     STR_INIT("1 台服务器上有 %u 位用户和 %u 位隐身用户")},
    {STR_INIT("I have %u clients and 0 servers"), STR_INIT("本机有 %u 个客户端和 0 台服务器")},
    {STR_INIT("Welcome to the %.*s Network, %.*s"), STR_INIT("欢迎来到 %.*s 网络，%.*s")},
    {STR_INIT("Your host is %.*s, running version %.*s"),
     STR_INIT("您的服务器是 %.*s,运行版本 %.*s")},
    {STR_INIT("This server was started %.*s"), STR_INIT("本服务器启动于 %.*s")},
    {STR_INIT("%.*s: half duplex and full duplex, two people or a million,"),
     STR_INIT("%.*s:半双工与全双工，两个人或一百万人，")},
    {STR_INIT("Started %.*s; %llu lines executed, %llu messages relayed"),
     STR_INIT("启动于 %.*s;已执行 %llu 行，转发 %llu 条消息")},
    {STR_INIT("%.*s [%u users]"), STR_INIT("%.*s [%u 位用户]")},
    {STR_INIT("Connections: at most %u"), STR_INIT("连接：最多 %u")},
    {STR_INIT("Channels: at most %u, and %u for one user"), STR_INIT("频道：最多 %u，每位用户 %u")},
    {STR_INIT("Entries in each list of a channel: at most %u"),
     STR_INIT("频道每个列表的条目：最多 %u")},
    {STR_INIT("Monitored nicks: at most %d; silenced masks: at most %d"),
     STR_INIT("监视的昵称：最多 %d;屏蔽的掩码：最多 %d")},
    {STR_INIT("A message of several lines: at most %d lines, %d bytes"),
     STR_INIT("多行消息：最多 %d 行，%d 字节")},
    {STR_INIT("%.*s (%.*s), idle %lld s"), STR_INIT("%.*s (%.*s)，空闲 %lld 秒")},
    {STR_INIT("%u operators online"), STR_INIT("%u 位管理员在线")},
    {STR_INIT("Server Up %lld days %lld:%02lld:%02lld"),
     STR_INIT("服务器已运行 %lld 天 %lld:%02lld:%02lld")},
    {STR_INIT("%.*s (%.*s): %llu of %llu connections were in it"),
     STR_INIT("%.*s (%.*s)：%llu 个命中，共查询 %llu 个连接")},
    {STR_INIT("%u connections, %u users of them (at most %u so far)"),
     STR_INIT("%u 个连接，其中 %u 位用户(迄今最多 %u)")},
    {STR_INIT("%u channels, %zu nicks monitored"), STR_INIT("%u 个频道，%zu 个昵称被监视")},
    {STR_INIT("%llu lines executed, %llu messages relayed"),
     STR_INIT("已执行 %llu 行，转发 %llu 条消息")},
    {STR_INIT("STATS %c: %.*s%s"), STR_INIT("STATS %c:%.*s%s")},
    {STR_INIT("A real name has 1 to 150 bytes"), STR_INIT("真实姓名为 1 至 150 字节")},
    {STR_INIT("The rule is removed"), STR_INIT("规则已移除")},
    {STR_INIT("Limits are set with MODE <channel> +W <seconds> and +j <joins>:<seconds>"),
     STR_INIT("限制用 MODE <频道> +W <秒> 和 +j <次数>:<秒> 设置")},
    {STR_INIT("Only operators of the channel set limits there"),
     STR_INIT("只有频道管理员能设置限制")},
    {STR_INIT(
         "This channel is full duplex: an operator of it can change that with MODE <channel> +H"),
     STR_INIT("此频道是全双工的：频道管理员可用 MODE <频道> +H 更改")},
    {STR_INIT("FLOOR knows STATUS <channel> and SKIP <channel>"),
     STR_INIT("FLOOR 有 STATUS <频道> 和 SKIP <频道>")},
    {STR_INIT("Only an operator of the channel can skip a turn"),
     STR_INIT("只有频道管理员能跳过发言权")},
    {STR_INIT("%.*s is %.*s@%.*s now"), STR_INIT("%.*s 现在是 %.*s@%.*s")},
    {STR_INIT("A host has 1 to 64 letters, digits and . - : / _"),
     STR_INIT("主机名为 1 至 64 个字母、数字和 . - : / _")},
    {STR_INIT("A user name has 1 to 12 letters, digits and . - _"),
     STR_INIT("用户名为 1 至 12 个字母、数字和 . - _")},
    {STR_INIT("Not enough parameters: %.*s %.*s"), STR_INIT("参数不足：%.*s %.*s")},
    {STR_INIT("Your line was not used: its tags are longer than %d bytes"),
     STR_INIT("您的这一行未被采用：其标签超过 %d 字节")},
    {STR_INIT("Your line was not used: it is longer than %d bytes, send it in parts"),
     STR_INIT("您的这一行未被采用：超过 %d 字节，请分段发送")},
    {STR_INIT("Your line has a NUL or CR in it and was not used"),
     STR_INIT("您的这一行含有 NUL 或 CR,未被采用")},
    {STR_INIT("Your line has no command"), STR_INIT("您的这一行没有命令")},
    {STR_INIT("MONITOR + <nicks> | - <nicks> | C | L | S"),
     STR_INIT("MONITOR + <昵称> | - <昵称> | C | L | S")},
    {STR_INIT("The channel has another name now: JOIN that"), STR_INIT("频道已改名：请加入新名称")},
    {STR_INIT("Only operators of the channel give it another name"),
     STR_INIT("只有频道管理员能为其改名")},
    {STR_INIT("Names begin with # and have no spaces or commas"),
     STR_INIT("名称以 # 开头，不含空格和逗号")},
    {STR_INIT("The channel has that name already"), STR_INIT("频道已是此名称")},
    {STR_INIT("The configuration says what this channel is called"),
     STR_INIT("此频道的名称由配置决定")},
    {STR_INIT("The channel has been renamed recently: wait a minute"),
     STR_INIT("频道刚改过名：请等一分钟")},
    {STR_INIT("There is a channel of that name: choose another"),
     STR_INIT("已有此名称的频道：请另选一个")},
    {STR_INIT("Only operators of the channel relay messages there"),
     STR_INIT("只有频道管理员能在其中转发消息")},
    {STR_INIT("This mode needs a nick"), STR_INIT("此模式需要一个昵称")},
    {STR_INIT("A key has 1 to 23 characters, no spaces or commas"),
     STR_INIT("密钥为 1 至 23 个字符，不含空格和逗号")},
    {STR_INIT("A limit is a number from 1 to 100000"), STR_INIT("人数上限为 1 至 100000")},
    {STR_INIT("Cannot send to channel (+n): JOIN it first"),
     STR_INIT("不能发送到频道 (+n)：请先用 JOIN 加入")},
    {STR_INIT("Cannot send to channel (+m): only members with voice speak, ask an operator for it"),
     STR_INIT("不能发送到频道 (+m)：只有获得发言权的成员可以发言，请向管理员申请")},
    {STR_INIT("Cannot send to channel (+b): you are banned, ask an operator of it"),
     STR_INIT("不能发送到频道 (+b)：您被封禁，请联系频道管理员")},
    {STR_INIT("Language preferences have been set"), STR_INIT("语言偏好已设置")},
    {STR_INIT("You specified too many languages"), STR_INIT("您指定的语言太多")},
    {STR_INIT("Language %.*s is not there: en and zh are"), STR_INIT("没有语言 %.*s:有 en 和 zh")},
    {STR_INIT("%.*s is absent, and joins nothing before it is back"),
     STR_INIT("%.*s 目前没有客户端在线，回来之前不会加入任何频道")},
    {STR_INIT("This is not all: ask for the rest with /msg *playback PLAY <channel or nick> "
              "<seconds since 1970>"),
     STR_INIT("这并非全部：请用 /msg *playback PLAY <频道或昵称> <1970 年以来的秒数> 取其余部分")},
    {STR_INIT("What was said could not be retrieved: try again later"),
     STR_INIT("无法取得消息记录：请稍后再试")},
    {STR_INIT("Invalid parameters: GET, or SET ON, OFF or DEFAULT"),
     STR_INIT("参数无效：请用 GET，或 SET ON、OFF、DEFAULT")},
    {STR_INIT("An account is required: register one, or log in"),
     STR_INIT("需要帐号：请先注册或登录")},
    {STR_INIT("This nick belongs to an account: log in to it, or choose another nick"),
     STR_INIT("此昵称属于某个帐号：请登录该帐号，或另选昵称")},
    {STR_INIT("Ask for the capability first: CAP REQ sasl"),
     STR_INIT("请先请求此能力：CAP REQ sasl")},
    {STR_INIT("SASL authentication successful"), STR_INIT("SASL 认证成功")},
    {STR_INIT("SASL message too long: send it in chunks of 400 bytes"),
     STR_INIT("SASL 消息太长：请按 400 字节分段发送")},
    {STR_INIT("SASL authentication aborted"), STR_INIT("SASL 认证已中止")},
    {STR_INIT("are available SASL mechanisms"), STR_INIT("是可用的 SASL 机制")},
    {STR_INIT("No new channels are made at the moment: try again later"),
     STR_INIT("目前不能新建频道：请稍后再试")},
    {STR_INIT("Server notice mask"), STR_INIT("服务器通知掩码")},
    {STR_INIT("Your class of operators does not have this privilege"),
     STR_INIT("您的管理员等级没有此权限")},
    {STR_INIT("You are in a channel for secure connections only (+z): connect with TLS, or choose "
              "another nick"),
     STR_INIT("您所在的频道仅限安全连接 (+z)：请使用 TLS 连接，或换一个昵称")},
    {STR_INIT("You can't delete messages there: join the channel, or log in"),
     STR_INIT("您无法删除那里的消息：请加入频道或登录")},
    {STR_INIT("This message does not exist, or is not kept any more"),
     STR_INIT("此消息不存在，或已不再保存")},
    {STR_INIT("The server is claimed for an account: log in first, or get one with /msg NickServ "
              "REGISTER <password>"),
     STR_INIT("认领服务器需要帐号：请先登录，或用 /msg NickServ REGISTER <密码> 注册一个")},
    {STR_INIT("This server has an operator already: OPER is for those in its configuration"),
     STR_INIT("本服务器已有管理员：OPER 供配置中的管理员使用")},
    {STR_INIT("That is not the secret that the server printed when it was started"),
     STR_INIT("这不是服务器启动时打印的口令")},
    {STR_INIT("This message is too old to be deleted"), STR_INIT("此消息太旧，无法删除")},
};

static const struct str codes[LANGUAGE_COUNT] = {
    [LANGUAGE_ENGLISH] = STR_INIT("en"),
    [LANGUAGE_CHINESE] = STR_INIT("zh"),
};

struct str
language_code(enum language language)
{
    assert(language < LANGUAGE_COUNT);
    return codes[language];
}

bool
language_find(struct str code, enum language *language_out)
{
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        bool is_whole = code.len == codes[i].len;
        bool is_variant = code.len > codes[i].len && code.ptr[codes[i].len] == '-';
        if ((is_whole || is_variant) &&
            str_equal_ascii_nocase(str_take(code, codes[i].len), codes[i])) {
            *language_out = (enum language)i;
            return true;
        }
    }
    return false;
}

/* Few look things up here, and they are people: by walking. */
struct str
text_in(enum language language, struct str english)
{
    switch (language) {
    case LANGUAGE_ENGLISH:
    case LANGUAGE_COUNT:
        return english;
    case LANGUAGE_CHINESE:
        break;
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (str_equal(rows[i].english, english))
            return rows[i].chinese;
    }
    return english;
}

const char *
text_format_in(enum language language, const char *english)
{
    struct str text = text_in(language, str_from_nul(english));
    return text.ptr; /* a literal, as all rows are */
}
